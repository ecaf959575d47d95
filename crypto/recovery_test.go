package crypto_test

import (
	"bytes"
	"context"
	"errors"
	"testing"

	"filippo.io/age"

	"github.com/tacit-vault/tacit/crypto"
)

// Words open their slot however they were copied, and stock age takes them in
// the one form that is printed.
func TestRecovery(t *testing.T) {
	lock, err := crypto.NewRecovery([]byte("Alpha  bravo-felt-tip\n"), crypto.WithWorkFactor(4))
	if err != nil {
		t.Fatal(err)
	}
	if lock.Kind() != crypto.KindRecovery || lock.Public() != "" || !lock.PostQuantum() {
		t.Errorf("kind %s, public %q", lock.Kind(), lock.Public())
	}
	file, err := lock.Wrap([]byte("x\n"))
	if err != nil {
		t.Fatal(err)
	}
	s := crypto.Slot{ID: 1, Label: "recovery", Kind: crypto.KindRecovery, Sum: crypto.Sum(file)}
	for typed, opens := range map[string]bool{
		"alpha-bravo-felt-tip": true, "ALPHA BRAVO FELT-TIP": true, " alpha\tbravo_felt tip ": true,
		"alpha-bravo-felt": false, "alphabravofelttip": false, "-- -": false,
	} {
		p, err := crypto.NewPassphrase([]byte(typed), crypto.WithWorkFactor(4))
		if err != nil {
			t.Fatal(err)
		}
		got, err := p.Unwrap(context.Background(), s, file)
		if opens != (err == nil) || !opens && !errors.Is(err, crypto.ErrWrongKey) || opens && string(got) != "x\n" {
			t.Errorf("%q: %v", typed, err)
		}
	}
	i, err := age.NewScryptIdentity("alpha-bravo-felt-tip")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := age.Decrypt(bytes.NewReader(file), i); err != nil {
		t.Errorf("stock age: %v", err)
	}
	if _, err := crypto.NewRecovery([]byte(" -\n"), crypto.WithWorkFactor(4)); !errors.Is(err, crypto.ErrMalformed) {
		t.Errorf("no words: %v", err)
	}
}
