package attack

import (
	"bytes"
	"context"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"filippo.io/age"
	"golang.org/x/crypto/chacha20poly1305"

	"github.com/tacit-vault/tacit/crypto"
	"github.com/tacit-vault/tacit/store"
	"github.com/tacit-vault/tacit/store/badgerstore"
)

// What an attacker makes. Some of it takes what no attacker should have, the
// vault's own identity say, stolen: what then still holds is worth knowing.

// stolen is the vault's own identity.
func (v *victim) stolen(d dump) *crypto.Identity {
	v.t.Helper()
	head, err := crypto.ParseHead(d["z"])
	v.must(err)
	i := slices.IndexFunc(head.Slots, func(s crypto.Slot) bool { return s.Label == "identity" })
	id, err := crypto.OpenSlot(context.Background(), v.key, head.Slots[i], d[slotKey(head.Slots[i].ID)])
	v.must(err)
	return id
}

func slotKey(id uint32) string { return fmt.Sprintf("k/%010d", id) }

// ageIdentity is an identity as age has it.
func ageIdentity(id *crypto.Identity) (age.Identity, age.Recipient, error) {
	if id.Suite() == crypto.Hybrid {
		i, err := age.ParseHybridIdentity(id.Reveal())
		if err != nil {
			return nil, nil, err
		}
		return i, i.Recipient(), nil
	}
	i, err := age.ParseX25519Identity(id.Reveal())
	if err != nil {
		return nil, nil, err
	}
	return i, i.Recipient(), nil
}

// ours is a stanza in our form, with whatever in it.
type ours struct {
	args []string
	body []byte
}

func (o ours) Wrap([]byte) ([]*age.Stanza, error) {
	return []*age.Stanza{{Type: "tacit", Args: o.args, Body: o.body}}, nil
}

// quantum gives a stanza the label that age wants beside hybrid recipients.
type quantum struct{ ours }

func (q quantum) WrapWithLabels(fileKey []byte) ([]*age.Stanza, []string, error) {
	s, err := q.Wrap(fileKey)
	return s, []string{"postquantum"}, err
}

// sealTo makes an age file for a recipient with a stanza of ours.
func (v *victim) sealTo(r age.Recipient, o ours, plaintext []byte) []byte {
	v.t.Helper()
	var second age.Recipient = o
	if _, hybrid := r.(*age.HybridRecipient); hybrid {
		second = quantum{o}
	}
	var file bytes.Buffer
	w, err := age.Encrypt(&file, r, second)
	v.must(err)
	_, err = w.Write(plaintext)
	v.must(errors.Join(err, w.Close()))
	return file.Bytes()
}

// ageFile is an age file taken apart.
type ageFile struct {
	stanzas []string // each as text, newline included
	mac     string
	payload []byte
}

const ageIntro = "age-encryption.org/v1\n"

// takeApart splits an age file.
func (v *victim) takeApart(file []byte) (f ageFile) {
	v.t.Helper()
	rest, ok := bytes.CutPrefix(file, []byte(ageIntro))
	head, tail, ok2 := bytes.Cut(rest, []byte("\n--- "))
	mac, payload, ok3 := bytes.Cut(tail, []byte("\n"))
	if !ok || !ok2 || !ok3 {
		v.t.Fatal("no age file")
	}
	for i, s := range bytes.Split(append(head, '\n'), []byte("-> ")) {
		if i > 0 {
			f.stanzas = append(f.stanzas, "-> "+string(s))
		}
	}
	f.mac, f.payload = string(mac), bytes.Clone(payload)
	return f
}

func (f ageFile) header() string {
	h := ageIntro
	for _, s := range f.stanzas {
		h += s
	}
	return h + "---"
}

func (f ageFile) bytes() []byte {
	return append([]byte(f.header()+" "+f.mac+"\n"), f.payload...)
}

// fileKey opens a file as whoever has the vault's identity can.
func (v *victim) fileKey(id *crypto.Identity, file []byte) []byte {
	v.t.Helper()
	i, _, err := ageIdentity(id)
	v.must(err)
	fileKey, err := age.DecryptHeader(file[:bytes.Index(file, []byte("\n--- "))+5+43+1], i)
	v.must(err)
	return fileKey
}

// macked gives the header the MAC that fits, with the file key.
func (f ageFile) macked(fileKey []byte) ageFile {
	k, _ := hkdf.Key(sha256.New, fileKey, nil, "header", 32)
	m := hmac.New(sha256.New, k)
	m.Write([]byte(f.header()))
	f.mac = base64.RawStdEncoding.EncodeToString(m.Sum(nil))
	return f
}

// filled gives the file another payload of one chunk.
func (f ageFile) filled(fileKey, plaintext []byte) ageFile {
	nonce := bytes.Repeat([]byte{7}, 16)
	k, _ := hkdf.Key(sha256.New, fileKey, nonce, "payload", 32)
	aead, _ := chacha20poly1305.New(k)
	last := make([]byte, 12)
	last[11] = 1
	f.payload = append(nonce, aead.Seal(nil, last, plaintext, nil)...)
	return f
}

// encoded is the one encoding of everything hashed, as docs/format.md has it.
func encoded(label string, fields ...[]byte) []byte {
	b := binary.BigEndian.AppendUint32(nil, uint32(len(label)))
	b = append(b, label...)
	b = binary.BigEndian.AppendUint32(b, uint32(len(fields)))
	for _, f := range fields {
		b = binary.BigEndian.AppendUint32(b, uint32(len(f)))
		b = append(b, f...)
	}
	return b
}

// decoded is its inverse, for bytes that are known to be good.
func decoded(b []byte) (label string, fields [][]byte) {
	n := binary.BigEndian.Uint32(b)
	label, b = string(b[4:4+n]), b[4+n:]
	count := binary.BigEndian.Uint32(b)
	b = b[4:]
	for range count {
		n := binary.BigEndian.Uint32(b)
		fields = append(fields, bytes.Clone(b[4:4+n]))
		b = b[4+n:]
	}
	return label, fields
}

// twin is a vault that an attacker makes with an identity of their own, sealed to
// whom they like: whole, and consistent in itself.
type twin struct {
	identity *crypto.Identity
	id       crypto.ID
	file     []byte // VAULT
	seq      uint64
	locks    map[string]lock // by label
	secrets  map[string]string
	policy   map[string]uint64
}

// imitate is a twin of a vault, for the keys of its user.
func (v *victim) imitate(d dump, seq uint64) twin {
	v.t.Helper()
	head, err := crypto.ParseHead(d["z"])
	v.must(err)
	file, err := os.ReadFile(filepath.Join(v.dir, "VAULT"))
	v.must(err)
	id, err := crypto.NewIdentity(head.Suite)
	v.must(err)
	secrets := map[string]string{}
	for _, name := range v.truth.names() {
		secrets[name] = "canary of the attacker"
	}
	return twin{
		identity: id, id: head.Vault, file: file, seq: max(seq, 1), locks: map[string]lock{"identity": v.lock},
		secrets: secrets, policy: head.Policy,
	}
}

// build makes the twin's folder in the place of dir.
func (w twin) build(v *victim, dir string) (*crypto.SignedHead, *crypto.Keys) {
	v.t.Helper()
	v.close()
	v.must(errors.Join(os.RemoveAll(dir), os.MkdirAll(filepath.Join(dir, "slots"), 0o700)))
	v.must(os.WriteFile(filepath.Join(dir, "VAULT"), w.file, 0o600))
	keys, err := w.identity.Unlock(w.id)
	v.must(err)
	all := dump{}
	var slots []crypto.Slot
	for i, label := range slices.Sorted(maps.Keys(w.locks)) {
		file, err := crypto.MakeSlot(w.identity, w.locks[label])
		v.must(err)
		s := crypto.Slot{
			ID: uint32(i + 1), Label: label, Kind: w.locks[label].Kind(), Created: v.clock,
			Sum: crypto.Sum(file), Recipient: w.locks[label].Public(),
		}
		slots = append(slots, s)
		all[slotKey(s.ID)] = file
		v.must(os.WriteFile(filepath.Join(dir, "slots", fmt.Sprintf("%02d-%s.age", s.ID, s.Label)), file, 0o600))
	}
	root, leaf := crypto.EmptyTree()
	all[string(leaf.Key)] = leaf.Single()
	var entries []crypto.Entry
	for _, name := range slices.Sorted(maps.Keys(w.secrets)) {
		record, err := keys.Seal(crypto.Header{
			Name: name, Version: 1, Seq: w.seq, Kind: crypto.Text, Size: int64(len(w.secrets[name])), Updated: v.clock,
		}, []byte(w.secrets[name]))
		v.must(err)
		all[fmt.Sprintf("s/%s/%010d/%010d", name, 1, w.seq)] = record
		entries = append(entries, crypto.Entry{Name: name, Version: 1, Seq: w.seq, Oldest: 1, Kind: crypto.Text, Sum: crypto.Sum(record)})
	}
	root, nodes, err := crypto.Change(root, func(key []byte) ([]byte, error) { return all[string(key)], nil }, entries)
	v.must(err)
	for _, n := range nodes {
		all[string(n.Key)] = n.Single()
	}
	head := w.chain(v, keys, all, crypto.Head{
		Vault: w.id, Format: crypto.Format, Suite: w.identity.Suite(), VaultFile: crypto.Sum(w.file), Pin: keys.Pin(),
		Time: v.clock, Root: root, Names: uint64(len(entries)), Records: uint64(len(entries)),
		NextSlot: uint32(len(slots)) + 1, Slots: slots, Policy: w.policy,
	})
	s, err := badgerstore.Open(context.Background(), dir, store.Options{Create: true})
	v.must(err)
	for key, b := range all {
		v.must(s.Update(func(w store.Writer) error { return w.Put([]byte(key), b) }))
	}
	v.must(s.Close())
	return head, keys
}

// chain signs heads up to the twin's seq.
func (w twin) chain(v *victim, keys *crypto.Keys, all dump, h crypto.Head) *crypto.SignedHead {
	var signed *crypto.SignedHead
	for h.Seq = 1; h.Seq <= w.seq; h.Seq++ {
		if h.Seq > 1 {
			skip, err := crypto.SkipFor(&signed.Head, h.Seq, func(seq uint64) ([]byte, error) { return all[fmt.Sprintf("l/%010d", seq)], nil })
			v.must(err)
			h.Prev, h.Skip = signed.Point(), skip
		}
		z, err := keys.Sign(&h)
		v.must(err)
		signed, err = crypto.ParseHead(z)
		v.must(err)
		if h.Seq < w.seq {
			all[fmt.Sprintf("l/%010d", h.Seq)] = signed.Log()
		} else {
			all["z"] = z
		}
	}
	return signed
}
