package bundle_test

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/tacit-vault/tacit/crypto"
	"github.com/tacit-vault/tacit/crypto/bundle"
)

// The vectors are made here from inputs that are fixed, and the tests hold the
// committed file to them. What age draws at random is kept from the file.
var update = flag.Bool("update", false, "write testdata/vectors/bundle.json again")

var vectorFile = filepath.Join("..", "..", "testdata", "vectors", "bundle.json")

type hexBytes []byte

func (h hexBytes) MarshalText() ([]byte, error) { return []byte(hex.EncodeToString(h)), nil }

func (h *hexBytes) UnmarshalText(text []byte) (err error) {
	*h, err = hex.DecodeString(string(text))
	return err
}

type vectors struct {
	Members  []memberVector   `json:"members"`
	Epoch    string           `json:"epoch"`
	Inbox    string           `json:"inbox"`
	Recovery []recoveryVector `json:"recovery"`
	Charters []charterVector  `json:"charters"`
	Bundles  []bundleVector   `json:"bundles"`
	Bad      []badVector      `json:"bad"`
	Invites  []inviteVector   `json:"invites"`
	Padding  [][2]int         `json:"padding"`
}

type memberVector struct {
	Label    string   `json:"label"`
	ID       string   `json:"id"`
	Seed     hexBytes `json:"seed"`
	Identity string   `json:"identity"`
	Encoded  hexBytes `json:"encoded"`
}

type recoveryVector struct {
	Phrase   string       `json:"phrase"`
	Suite    crypto.Suite `json:"suite"`
	Seed     hexBytes     `json:"seed"`
	Identity string       `json:"identity"`
}

type charterVector struct {
	Signer  string   `json:"signer"`
	Charter hexBytes `json:"charter"`
	Digest  hexBytes `json:"digest"`
	Group   string   `json:"group"`
}

type bundleVector struct {
	Name      string   `json:"name"`
	Kind      uint64   `json:"kind"`
	Author    string   `json:"author"`
	Seq       uint64   `json:"seq"`
	Epoch     uint64   `json:"epoch"`
	SealedTo  string   `json:"sealedTo"`
	Plaintext hexBytes `json:"plaintext"`
	Digest    hexBytes `json:"digest"`
	Check     string   `json:"check,omitempty"`
	Bundle    []byte   `json:"bundle"`
}

type badVector struct {
	Name   string `json:"name"`
	Error  string `json:"error"`
	Bundle []byte `json:"bundle"`
}

type inviteVector struct {
	Code   string   `json:"code"`
	Number uint64   `json:"number"`
	ID     string   `json:"id"`
	Secret hexBytes `json:"secret,omitempty"`
}

func readVectors(t testing.TB) (v vectors) {
	t.Helper()
	b, err := os.ReadFile(vectorFile)
	if os.IsNotExist(err) && *update {
		return v
	}
	if err != nil {
		t.Fatal(err)
	}
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if err := d.Decode(&v); err != nil {
		t.Fatal(err)
	}
	return v
}

func TestVectors(t *testing.T) {
	t.Parallel()
	kept := readVectors(t)
	made := makeVectors(t, kept)
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(made); err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile(vectorFile, b.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if old, err := os.ReadFile(vectorFile); err != nil || !bytes.Equal(old, b.Bytes()) {
		t.Errorf("%s is not what is made now: if the format did not change, the code did", vectorFile)
	}
}

func makeVectors(t *testing.T, kept vectors) (v vectors) {
	t.Helper()
	c := newCast(t, crypto.X25519)
	v.Epoch, v.Inbox = c.epoch.Reveal(), c.inbox.Reveal()
	for _, p := range []party{c.owner, c.heir, c.writer, c.reader} {
		v.Members = append(v.Members, memberVector{p.Label, p.ID.String(), p.sign.Reveal(), p.identity.Reveal(), bundle.MemberBytes(p.Member)})
	}
	for _, suite := range suites {
		k, err := bundle.DeriveRecovery([]byte(phrase), suite)
		if err != nil {
			t.Fatal(err)
		}
		v.Recovery = append(v.Recovery, recoveryVector{phrase, suite, k.Sign.Reveal(), k.Identity.Reveal()})
	}
	for _, ch := range []*bundle.Charter{c.genesis, c.newest} {
		digest := ch.Digest()
		v.Charters = append(v.Charters, charterVector{ch.Signer.String(), ch.Marshal(), digest[:], ch.ID().String()})
	}
	for _, s := range c.samples() {
		v.Bundles = append(v.Bundles, c.bundleVector(t, s, kept))
	}
	for _, bad := range c.bad(t) {
		v.Bad = append(v.Bad, c.badVector(t, bad, kept))
	}
	for _, secret := range []bundle.Secret{nil, bundle.Secret(fixed("secret", 16))} {
		in := c.invite(secret)
		code, err := in.Reveal()
		if err != nil {
			t.Fatal(err)
		}
		v.Invites = append(v.Invites, inviteVector{code, in.Number, in.ID.String(), hexBytes(secret)})
	}
	for _, n := range []int{1, 256, 257, 4096, 4097, 5000, 65536, 65537, 1 << 20, 1<<20 + 1} {
		v.Padding = append(v.Padding, [2]int{n, bundle.PaddedSize(n)})
	}
	return v
}

// bundleVector is a sample as it is kept, or sealed now where none fits.
func (c *cast) bundleVector(t *testing.T, s sample, kept vectors) bundleVector {
	t.Helper()
	h := bundle.Head{Group: c.genesis.ID(), Member: s.author.ID, Seq: s.seq}
	plaintext := bundle.Plaintext(h, s.content)
	v := bundleVector{
		Name: s.name, Kind: uint64(s.content.Kind()), Author: s.author.Label, Seq: s.seq, Epoch: s.epoch,
		SealedTo: s.to.Reveal(), Plaintext: plaintext,
	}
	i := slices.IndexFunc(kept.Bundles, func(k bundleVector) bool { return k.Name == s.name && bytes.Equal(k.Plaintext, plaintext) })
	if i >= 0 {
		v.Bundle = kept.Bundles[i].Bundle
	} else if *update {
		v.Bundle = c.seal(t, s)
	} else {
		t.Fatalf("no vector for %s: go test ./crypto/bundle -update", s.name)
	}
	b, err := bundle.Parse(v.Bundle)
	if err != nil {
		t.Fatalf("%s: %v", s.name, err)
	}
	if err := b.Verify(s.author.Key); err != nil {
		t.Errorf("%s: %v", s.name, err)
	}
	if got, err := b.Open(opener(t, s.to)); err != nil || !same(got, s.content) {
		t.Errorf("%s: %v", s.name, err)
	}
	digest := b.Digest()
	v.Digest = digest[:]
	if b.Kind == bundle.KindJoin {
		v.Check = bundle.CheckOf(digest).String()
	}
	// All but the body is made again from nothing.
	if again := bundle.SealBody(b.Head, b.Body(), s.author.sign); !bytes.Equal(again, v.Bundle) {
		t.Errorf("%s: another bundle is made of the same body", s.name)
	}
	return v
}

// badSample is a bundle with a sound signature that has to be refused.
type badSample struct {
	name, want string
	head       bundle.Head
	padded     []byte // the plaintext with its padding; nil for a body as it is
	body       []byte
	to         []*crypto.Identity
}

func (c *cast) badVector(t *testing.T, bad badSample, kept vectors) badVector {
	t.Helper()
	v := badVector{Name: bad.name, Error: bad.want}
	if i := slices.IndexFunc(kept.Bad, func(k badVector) bool { return k.Name == bad.name }); i >= 0 {
		v.Bundle = kept.Bad[i].Bundle
	} else if *update {
		body := bad.body
		if body == nil {
			body = sealTo(t, bad.padded, bad.to...)
		}
		v.Bundle = bundle.SealBody(bad.head, body, c.writer.sign)
	} else {
		t.Fatalf("no vector for %s: go test ./crypto/bundle -update", bad.name)
	}
	if err := c.openBad(t, v.Bundle); classOf(err) != bad.want {
		t.Errorf("%s: %v, must be %q", bad.name, err, bad.want)
	}
	return v
}

func (c *cast) openBad(t *testing.T, data []byte) error {
	t.Helper()
	b, err := bundle.Parse(data)
	if err != nil {
		return err
	}
	if err := b.Verify(c.writer.Key); err != nil {
		return err
	}
	content, err := b.Open(opener(t, c.epoch))
	if err != nil && content != nil {
		t.Error("something comes with the error")
	}
	return err
}
