package crypto

import (
	"bytes"
	"errors"
	"testing"

	"filippo.io/age"
)

func TestOneStanza(t *testing.T) {
	t.Parallel()
	for _, suite := range suites {
		id, err := IdentityOf(suite, bytes.Repeat([]byte{7}, 32))
		if err != nil || id.Suite() != suite {
			t.Fatal(suite, err)
		}
		to, err := id.Recipient()
		if err != nil {
			t.Fatal(err)
		}
		if got, err := RecipientSuite(to); err != nil || got != suite {
			t.Errorf("%s: %s, %v", suite, got, err)
		}
		o, err := id.Opener()
		if err != nil {
			t.Fatal(err)
		}
		for _, size := range []int{0, 1, chunkSize, chunkSize + 1} {
			plaintext := bytes.Repeat([]byte{0xa5}, size)
			file, err := SealTo(to, plaintext)
			if err != nil {
				t.Fatal(err)
			}
			if got := ageOpen(t, file, ageIdentity(t, id)); !bytes.Equal(got, plaintext) {
				t.Errorf("%s, %d bytes: age opens something else", suite, size)
			}
			if got, err := o.Open(file); err != nil || !bytes.Equal(got, plaintext) {
				t.Errorf("%s, %d bytes: %v", suite, size, err)
			}
			file[len(file)-1] ^= 1
			if got, err := o.Open(file); !errors.Is(err, ErrForged) || got != nil {
				t.Errorf("%s, %d bytes, changed: %v", suite, size, err)
			}
		}
	}
}

// Only a file of one stanza opens, for the identity alone, and until it is wiped.
func TestOneStanzaRefused(t *testing.T) {
	t.Parallel()
	for _, suite := range suites {
		id, _ := newKeys(t, suite)
		other, _ := newKeys(t, suite)
		o, err := id.Opener()
		if err != nil {
			t.Fatal(err)
		}
		to, err := other.Recipient()
		if err != nil {
			t.Fatal(err)
		}
		file, err := SealTo(to, []byte("x"))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := o.Open(file); !errors.Is(err, ErrWrongKey) {
			t.Errorf("%s, of another identity: %v", suite, err)
		}
		mine, err := id.Recipient()
		if err != nil {
			t.Fatal(err)
		}
		r1, err := parseRecipient(mine)
		if err != nil {
			t.Fatal(err)
		}
		r2, err := parseRecipient(to)
		if err != nil {
			t.Fatal(err)
		}
		var two bytes.Buffer
		w, err := age.Encrypt(&two, r1, r2)
		if err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		if _, err := o.Open(two.Bytes()); !errors.Is(err, ErrMalformed) {
			t.Errorf("%s, two stanzas: %v", suite, err)
		}
		o.Wipe()
		if _, err := o.Open(file); !errors.Is(err, ErrWiped) {
			t.Errorf("%s, wiped: %v", suite, err)
		}
		id.Wipe()
		if _, err := id.Opener(); !errors.Is(err, ErrWiped) {
			t.Errorf("%s, wiped: %v", suite, err)
		}
		if _, err := id.Recipient(); !errors.Is(err, ErrWiped) {
			t.Errorf("%s, wiped: %v", suite, err)
		}
	}
	if _, err := IdentityOf(X25519, make([]byte, 31)); !errors.Is(err, ErrMalformed) {
		t.Error(err)
	}
	if _, err := IdentityOf("rot13", make([]byte, 32)); !errors.Is(err, ErrNewer) {
		t.Error(err)
	}
	if _, err := SealTo("age1", nil); !errors.Is(err, ErrMalformed) {
		t.Error(err)
	}
}
