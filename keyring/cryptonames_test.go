package keyring

import (
	"errors"
	"testing"

	"github.com/tacit-vault/tacit/crypto"
)

// TestNewPassphraseTakesTheFactorOfTests: what a lowered factor seals, only the
// same lowered factor opens.
func TestNewPassphraseTakesTheFactorOfTests(t *testing.T) {
	low, err := NewPassphrase([]byte(canary), 2)
	if err != nil {
		t.Fatal(err)
	}
	file, err := low.Wrap([]byte("x\n"))
	if err != nil {
		t.Fatal(err)
	}
	s := crypto.Slot{ID: 1, Label: "a", Kind: low.Kind(), Sum: crypto.Sum(file)}
	if got, err := low.Unwrap(t.Context(), s, file); err != nil || string(got) != "x\n" {
		t.Errorf("%q, %v", got, err)
	}
	usual, err := NewPassphrase([]byte(canary), 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := usual.Unwrap(t.Context(), s, file); err == nil || errors.Is(err, crypto.ErrWrongKey) {
		t.Errorf("a slot below the floor: %v", err)
	}
}

func TestWaysRefuse(t *testing.T) {
	if _, err := NewPassphrase(nil, 0); !errors.Is(err, crypto.ErrMalformed) {
		t.Errorf("%v", err)
	}
	if l, err := Recipient("age1" + canary); !errors.Is(err, crypto.ErrMalformed) || l != nil {
		t.Errorf("%v", err)
	} else {
		quiet(t, err)
	}
}
