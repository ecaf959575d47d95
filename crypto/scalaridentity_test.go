package crypto

import (
	"bytes"
	"crypto/rand"
	"errors"
	"strings"
	"testing"

	"filippo.io/age"
)

// Our identity is age's: it has the same recipient, and opens what age wraps.
func TestScalarIdentity(t *testing.T) {
	for range 100 {
		theirs, err := age.GenerateX25519Identity()
		if err != nil {
			t.Fatal(err)
		}
		ours, err := parseScalarIdentity(theirs.String())
		if err != nil {
			t.Fatal(err)
		}
		if got, want := ours.recipientText(), theirs.Recipient().String(); got != want {
			t.Fatalf("%s is the recipient, want %s", got, want)
		}
		fileKey := make([]byte, fileKeySize)
		rand.Read(fileKey)
		stanzas, err := theirs.Recipient().Wrap(fileKey)
		if err != nil {
			t.Fatal(err)
		}
		other, err := age.GenerateX25519Identity()
		if err != nil {
			t.Fatal(err)
		}
		foreign, err := other.Recipient().Wrap(fileKey)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := ours.Unwrap(append(foreign, stanzas...)); err != nil || !bytes.Equal(got, fileKey) {
			t.Fatalf("not opened: %v", err)
		}
		if _, err := ours.Unwrap(foreign); !errors.Is(err, age.ErrIncorrectIdentity) {
			t.Fatalf("opened what is for another: %v", err)
		}
	}
}

// It takes just the strings that age takes.
func FuzzScalarIdentity(f *testing.F) {
	i, err := age.GenerateX25519Identity()
	if err != nil {
		f.Fatal(err)
	}
	s := i.String()
	for _, seed := range []string{
		s, strings.ToLower(s), s[:len(s)-1], s + "Q", s[:len(s)-1] + "Q", s + "\n", " " + s, "AGE-SECRET-KEY-1" + strings.ToLower(s[16:]),
		strings.Replace(s, "KEY-1", "KEY-PQ-1", 1), i.Recipient().String(), s[:30] + "B" + s[31:], secretPrefix, "",
		bech32Text(secretPrefix, make([]byte, 32)), bech32Text(secretPrefix, make([]byte, 31)), bech32Text(secretPrefix, bytes.Repeat([]byte{255}, 32)),
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		theirs, refused := age.ParseX25519Identity(s)
		ours, err := parseScalarIdentity(s)
		if (err == nil) != (refused == nil) {
			t.Fatalf("age says %v, ours %v", refused, err)
		}
		if err != nil {
			if !errors.Is(err, ErrMalformed) {
				t.Fatal(err)
			}
			return
		}
		if got, want := ours.recipientText(), theirs.Recipient().String(); got != want {
			t.Fatalf("%s is the recipient, want %s", got, want)
		}
	})
}
