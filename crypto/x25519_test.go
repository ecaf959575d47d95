package crypto

import (
	"bytes"
	"crypto/ecdh"
	"crypto/rand"
	"errors"
	"testing"

	"filippo.io/age"
)

// What our recipient wraps is age's stanza: the same form as age's own, and age
// opens it. Only who has the identity does.
func TestPointRecipient(t *testing.T) {
	for range 100 {
		i, k := newKeys(t, X25519)
		id, err := age.ParseX25519Identity(i.Reveal())
		if err != nil {
			t.Fatal(err)
		}
		fileKey := make([]byte, fileKeySize)
		rand.Read(fileKey)
		ours, err := k.recipient.Wrap(fileKey)
		if err != nil {
			t.Fatal(err)
		}
		theirs, err := id.Recipient().Wrap(fileKey)
		if err != nil {
			t.Fatal(err)
		}
		for who, stanzas := range map[string][]*age.Stanza{"ours": ours, "age's": theirs} {
			if len(stanzas) != 1 || stanzas[0].Type != typeX25519 || len(stanzas[0].Args) != 1 ||
				len(stanzas[0].Args[0]) != x25519Arg || len(stanzas[0].Body) != fileKeySize+tagSize {
				t.Fatalf("%s: %+v", who, stanzas)
			}
			if got, err := id.Unwrap(stanzas); err != nil || !bytes.Equal(got, fileKey) {
				t.Errorf("%s: age does not open it: %v", who, err)
			}
			if got, err := k.unwrap(stanzas[0]); err != nil || !bytes.Equal(got, fileKey) {
				t.Errorf("%s: the keys do not open it: %v", who, err)
			}
			_, other := newKeys(t, X25519)
			if _, err := other.unwrap(stanzas[0]); !errors.Is(err, age.ErrIncorrectIdentity) {
				t.Errorf("%s: another identity: %v", who, err)
			}
		}
		if again, err := k.recipient.Wrap(fileKey); err != nil || again[0].Args[0] == ours[0].Args[0] {
			t.Fatal("an ephemeral key was drawn twice")
		}
	}
}

// A point of low order would make a secret that everyone knows.
func TestPointRecipientLowOrder(t *testing.T) {
	for _, point := range [][]byte{make([]byte, 32), append([]byte{1}, make([]byte, 31)...)} {
		key, err := ecdh.X25519().NewPublicKey(point)
		if err != nil {
			continue
		}
		if _, err := (pointRecipient{key, point}).Wrap(make([]byte, fileKeySize)); !errors.Is(err, ErrMalformed) {
			t.Errorf("% x: %v", point[:2], err)
		}
	}
}
