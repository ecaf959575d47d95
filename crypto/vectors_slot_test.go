package crypto

import (
	"bytes"
	"context"
	"slices"
	"strings"
	"testing"

	"filippo.io/age"
)

const vectorPassphrase = "correct horse battery staple"

// slotVector is a slot file and what a reader makes of it who has the vector
// passphrase, and an identity file with vectorOtherX25519 and vectorOtherHybrid,
// and takes a scrypt work factor from 2^10 on.
type slotVector struct {
	Name      string      `json:"name"`
	Kind      string      `json:"kind"`
	Recipient string      `json:"recipient,omitempty"`
	Error     string      `json:"error,omitempty"`
	Identity  string      `json:"identity,omitempty"`
	File      base64Bytes `json:"file"`
	SHA256    hexBytes    `json:"sha256"` // as the slot table has it
}

type slotVectors struct {
	Passphrase   string       `json:"passphrase"`
	IdentityFile string       `json:"identityFile"`
	Slots        []slotVector `json:"slots"`
}

const vectorLogN = 10

// vectorSlotFile is a slot file of the identity, with the stanzas that wrap makes.
func vectorSlotFile(t testing.TB, name, plaintext string, wrap func(fileKey []byte) []*age.Stanza) []byte {
	t.Helper()
	fileKey := fixed("file key", name, fileKeySize)
	return ageFile{fileKey, fixed("nonce", name, streamNonceSize), wrap(fileKey), []byte(plaintext)}.marshal(t)
}

func makeSlotVectors(t testing.TB) slotVectors {
	made := slotVectors{
		Passphrase:   vectorPassphrase,
		IdentityFile: "# the key of the vectors\n\n" + vectorOtherX25519 + "\n" + vectorOtherHybrid + "\n",
	}
	other := vectorKeys(t, vectorOtherX25519, vectorVault)
	recipients := vectorIdentityFile(t, made).Recipients()

	phrase := func(name, logN string) func([]byte) []*age.Stanza {
		return func(fileKey []byte) []*age.Stanza {
			return []*age.Stanza{scryptStanza(t, vectorPassphrase, fixed("salt", name, 16), vectorLogN, logN, fileKey)}
		}
	}
	to := func(name string, k *Keys) func([]byte) []*age.Stanza {
		return func(fileKey []byte) []*age.Stanza {
			return []*age.Stanza{x25519Stanza(t, k.point, fixed("ephemeral", name, 32), fileKey)}
		}
	}
	add := func(name, kind, recipient, want, plaintext string, wrap func([]byte) []*age.Stanza) {
		file := vectorSlotFile(t, name, plaintext, wrap)
		sum := Sum(file)
		v := slotVector{Name: name, Kind: kind, Recipient: recipient, Error: want, File: file, SHA256: sum[:]}
		if want == "" {
			v.Identity = strings.TrimSuffix(plaintext, "\n")
		}
		made.Slots = append(made.Slots, v)
	}
	const good = vectorX25519 + "\n"

	add("passphrase", KindPassphrase, "", "", good, phrase("passphrase", "10"))
	add("passphrase, hybrid vault", KindPassphrase, "", "", vectorHybrid+"\n", phrase("passphrase, hybrid vault", "10"))
	add("recipient", KindAge, recipients[0], "", good, to("recipient", other))
	add("recipient of somebody else", KindAge, "", "wrong key", good, to("recipient of somebody else", vectorKeysOf(t, X25519)))
	add("work factor of 2^21", KindPassphrase, "", "limit", good, phrase("work factor of 2^21", "21"))
	add("work factor of 2^9", KindPassphrase, "", "malformed", good, phrase("work factor of 2^9", "9"))
	add("work factor with leading zeros", KindPassphrase, "", "malformed", good, phrase("work factor with leading zeros", "010"))
	add("passphrase slot listed as age", KindAge, "", "malformed", good, phrase("passphrase slot listed as age", "10"))
	add("age slot listed as passphrase", KindPassphrase, "", "malformed", good, to("age slot listed as passphrase", other))
	add("a kind of later", "later", "", "wrong key", good, to("a kind of later", other))
	add("two stanzas", KindAge, "", "malformed", good, func(fileKey []byte) []*age.Stanza {
		return slices.Concat(to("two", other)(fileKey), to("stanzas", other)(fileKey))
	})
	add("no newline", KindAge, "", "malformed", vectorX25519, to("no newline", other))
	add("a line more", KindAge, "", "malformed", good+good, to("a line more", other))
	add("lower case", KindAge, "", "malformed", strings.ToLower(good), to("lower case", other))
	add("no identity", KindAge, "", "malformed", "hello\n", to("no identity", other))
	add("empty", KindAge, "", "malformed", "", to("empty", other))

	changed := made.Slots[2]
	changed.Name, changed.Error, changed.Identity = "changed since it was listed", "forged", ""
	changed.File = bytes.Clone(changed.File)
	changed.File[len(changed.File)-1] ^= 1
	made.Slots = append(made.Slots, changed)
	sum := Sum(changed.File)
	changed.Name, changed.SHA256 = "changed, and listed so", sum[:]
	made.Slots = append(made.Slots, changed)
	return made
}

func vectorIdentityFile(t testing.TB, v slotVectors) *IdentityFile {
	t.Helper()
	f, err := Identities("vectors", strings.NewReader(v.IdentityFile))
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func TestSlotVectors(t *testing.T) {
	compareVectors(t, "slot.json", makeSlotVectors(t))
	var kept slotVectors
	readVectors(t, "slot.json", &kept)
	p, err := NewPassphrase([]byte(kept.Passphrase), WithWorkFactor(vectorLogN))
	if err != nil {
		t.Fatal(err)
	}
	f := vectorIdentityFile(t, kept)
	for _, v := range kept.Slots {
		var k Key = f
		if v.Kind == KindPassphrase {
			k = p
		}
		s := Slot{ID: 1, Label: "vector", Kind: v.Kind, Sum: Digest(v.SHA256), Recipient: v.Recipient}
		id, err := OpenSlot(context.Background(), k, s, v.File)
		if errorName(err) != v.Error {
			t.Errorf("%s: %v, must be %q", v.Name, err, v.Error)
		}
		if err == nil && id.Reveal() != v.Identity {
			t.Errorf("%s: another identity", v.Name)
		}
	}
}

func FuzzOpenSlot(f *testing.F) {
	var kept slotVectors
	readVectors(f, "slot.json", &kept)
	seed(f, kept.Slots, func(v slotVector) []byte { return v.File })
	// The floor keeps scrypt's work low enough to fuzz: 2^1 to 2^5 is real work,
	// and everything above is refused.
	p, err := NewPassphrase([]byte(kept.Passphrase), WithWorkFactor(1))
	if err != nil {
		f.Fatal(err)
	}
	keys := []Key{p, vectorIdentityFile(f, kept)}
	f.Fuzz(func(t *testing.T, file []byte) {
		if stanza, err := slotStanza(file); err == nil && stanza.Type == typeScrypt && p.check(stanza) == nil && len(stanza.Args[1]) > 1 {
			return // up to 2^20: a second each
		}
		for _, k := range keys {
			for _, kind := range []string{KindPassphrase, KindAge} {
				s := Slot{ID: 1, Label: "fuzz", Kind: kind, Sum: Sum(file)}
				id, err := OpenSlot(context.Background(), k, s, file)
				if err != nil && errorClass(err) == nil {
					t.Errorf("an error of no class: %v", err)
				}
				if (err == nil) == (id == nil) {
					t.Error("neither identity nor error, or both")
				}
			}
		}
	})
}
