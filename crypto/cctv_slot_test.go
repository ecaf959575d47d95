package crypto

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"strings"
	"testing"

	agetest "c2sp.org/CCTV/age"
	"filippo.io/age"
)

// cctvStricter are the vectors that age opens and a key slot does not, with the
// rule of the format that says so.
var cctvStricter = map[string]string{
	"hybrid_and_x25519":          "one stanza",
	"hybrid_grease":              "one stanza",
	"hybrid_multiple_recipients": "one stanza",
	"stanza_empty_body":          "one stanza",
	"stanza_empty_last_line":     "one stanza",
	"stanza_valid_characters":    "one stanza",
	"x25519_grease":              "one stanza",
	"x25519_multiple_recipients": "one stanza",
}

// Every key that opens slots comes to age's own verdict on age's vectors, or is
// stricter by a rule of the format; with an error it gives no plaintext.
func TestCCTVSlots(t *testing.T) {
	files, err := fs.ReadDir(agetest.Vectors, ".")
	if err != nil {
		t.Fatal(err)
	}
	opened, refused, stricter := 0, 0, map[string]bool{}
	for _, f := range files {
		b, err := fs.ReadFile(agetest.Vectors, f.Name())
		if err != nil {
			t.Fatal(err)
		}
		v := parseCCTV(t, b)
		if v.armored {
			continue
		}
		for _, r := range v.slotReaders(t) {
			want, wantErr := stockDecrypt(v.file, r.stock)
			s := Slot{ID: 1, Label: "vector", Kind: r.kind, Sum: Sum(v.file)}
			got, err := r.key.Unwrap(t.Context(), s, v.file)
			if err != nil && got != nil {
				t.Errorf("%s, %s: a plaintext comes with the error", f.Name(), r.kind)
			}
			if err != nil && errorClass(err) == nil {
				t.Errorf("%s, %s: an error of no class: %v", f.Name(), r.kind, err)
			}
			switch {
			case err == nil && wantErr == nil:
				opened++
				if !bytes.Equal(got, want) {
					t.Errorf("%s, %s: another plaintext", f.Name(), r.kind)
				}
			case err != nil && wantErr != nil:
				refused++
				// Where a stanza has another type, the slot is not what its kind says.
				if strings.HasSuffix(f.Name(), "_no_match") && !errors.Is(err, ErrWrongKey) && r.own {
					t.Errorf("%s, %s: %v, must be another key's", f.Name(), r.kind, err)
				}
			case err != nil && (cctvStricter[f.Name()] != "" || len(v.file) > MaxSlotFile && errors.Is(err, ErrLimit)):
				stricter[f.Name()] = true
			default:
				t.Errorf("%s, %s: age says %v, we say %v", f.Name(), r.kind, wantErr, err)
			}
			// No vector holds an identity: no slot opens.
			if id, err := OpenSlot(t.Context(), r.key, s, v.file); err == nil || id != nil {
				t.Errorf("%s, %s: a slot opens: %v", f.Name(), r.kind, err)
			}
		}
	}
	t.Logf("%d opened, %d refused as age does, %d stricter", opened, refused, len(stricter))
	for name := range cctvStricter {
		if !stricter[name] {
			t.Errorf("%s is not refused: the list is out of date", name)
		}
	}
	if opened < 5 || refused < 100 {
		t.Error("too few vectors")
	}
}

type cctvReader struct {
	kind  string
	key   Key
	stock []age.Identity
	own   bool // the vector is for a key of this kind
}

// slotReaders are the keys that a vault could hold against the vector: its own
// ones, and where it has none of a kind, another.
func (v cctvVector) slotReaders(t *testing.T) []cctvReader {
	t.Helper()
	phrase, lines := "password", vectorOtherX25519
	var ownPhrase, ownLines bool
	for _, secret := range v.identities {
		switch {
		case !strings.HasPrefix(secret, "AGE-SECRET-KEY-"):
			phrase, ownPhrase = secret, true
		case ownLines:
			lines += "\n" + secret
		default:
			lines, ownLines = secret, true
		}
	}
	p, err := NewPassphrase([]byte(phrase), WithWorkFactor(1)) // the vectors' factor is 10
	if err != nil {
		t.Fatal(err)
	}
	stockPhrase, err := age.NewScryptIdentity(phrase)
	if err != nil {
		t.Fatal(err)
	}
	file, err := Identities("vector", strings.NewReader(lines+"\n"))
	if err != nil {
		t.Fatal(err)
	}
	stock, err := age.ParseIdentities(strings.NewReader(lines + "\n"))
	if err != nil {
		t.Fatal(err)
	}
	return []cctvReader{
		{KindPassphrase, p, []age.Identity{stockPhrase}, ownPhrase},
		{KindRecovery, p, []age.Identity{stockPhrase}, ownPhrase},
		{KindAge, file, stock, ownLines},
	}
}

func stockDecrypt(file []byte, identities []age.Identity) ([]byte, error) {
	r, err := age.Decrypt(bytes.NewReader(file), identities...)
	if err != nil {
		return nil, err
	}
	return io.ReadAll(r)
}

// Without the option that tests have, the vectors' work factor is too low.
func TestCCTVWorkFactor(t *testing.T) {
	b, err := fs.ReadFile(agetest.Vectors, "scrypt")
	if err != nil {
		t.Fatal(err)
	}
	v := parseCCTV(t, b)
	p, err := NewPassphrase([]byte(v.identities[0]))
	if err != nil {
		t.Fatal(err)
	}
	got, err := p.Unwrap(t.Context(), Slot{ID: 1, Label: "vector", Kind: KindPassphrase}, v.file)
	if !errors.Is(err, ErrMalformed) || got != nil {
		t.Errorf("%v", err)
	}
}

// The reader of records takes none of the vectors: they have no stanza of ours.
func TestCCTVRecords(t *testing.T) {
	files, err := fs.ReadDir(agetest.Vectors, ".")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		b, err := fs.ReadFile(agetest.Vectors, f.Name())
		if err != nil {
			t.Fatal(err)
		}
		v := parseCCTV(t, b)
		for _, secret := range v.identities {
			id, err := ParseIdentity(secret)
			if err != nil {
				continue
			}
			k, err := id.Unlock(ID{})
			if err != nil {
				t.Fatal(err)
			}
			if _, err := ParseRecord(v.file); err == nil || errorClass(err) == nil {
				t.Errorf("%s is parsed as a record: %v", f.Name(), err)
			}
			if h, plain, err := k.Open(v.file); err == nil || errorClass(err) == nil || plain != nil || h.Name != "" {
				t.Errorf("%s opens as a record: %v", f.Name(), err)
			}
		}
	}
}
