package kinds_test

import (
	"encoding/json"
	"errors"
	"testing"

	"github.com/tacit-vault/tacit/crypto"
	"github.com/tacit-vault/tacit/keyring"
	"github.com/tacit-vault/tacit/keyring/kinds"
)

// No kind is missing.
func TestAll(t *testing.T) {
	if err := kinds.All().Complete(); err != nil {
		t.Error(err)
	}
}

// FuzzLockSpec: a description of a lock that comes over a socket makes a lock
// that the slot table can hold, or is refused by name.
func FuzzLockSpec(f *testing.F) {
	f.Setenv("PATH", f.TempDir()) // no plugins
	for _, s := range []string{
		`{"kind":"passphrase","phrase":"YWJj"}`, `{"kind":"recovery","phrase":"QS1iIGM="}`, `{"kind":"recovery","phrase":"LSA="}`,
		`{"kind":"age","recipient":"age1zvkyg2lqzraa2lnjvqej32nkuu0ues2s82hzrye869xeexvn73equnujwj"}`,
		`{"kind":"keyring","recipient":"age1zvkyg2lqzraa2lnjvqej32nkuu0ues2s82hzrye869xeexvn73equnujwj"}`,
		`{"kind":"ssh","recipient":"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIDtqJ7zOtqQtYqOo0CpvDXNlMhV3HeJDpjrASKGLWdop"}`,
		`{"kind":"plugin","recipient":"age1yubikey1q2w7u3vpya839jxxuq8g0sedh3d740d4xvn639sqhr95ejj8vu3hyfumptt"}`,
		`{"kind":"tpm","pin":"MTIzNA==","pcrs":[7,0]}`, `{"kind":"tpm","pcrs":[24,-1]}`, `{"kind":"x"}`, `{}`, `[]`, `null`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		var l keyring.LockSpec
		if json.Unmarshal(b, &l) != nil {
			return
		}
		lock, err := l.Lock(keyring.LockOptions{ScryptLogN: 1, TPM: "/nowhere", Kinds: kinds.All()})
		if (lock == nil) == (err == nil) {
			t.Fatalf("%v, %v", lock, err)
		}
		if err != nil {
			if !errors.Is(err, keyring.ErrMalformed) && !errors.Is(err, crypto.ErrLimit) && !errors.Is(err, keyring.ErrUnavailable) {
				t.Fatalf("an error of no class: %v", err)
			}
			return
		}
		slot := crypto.Slot{ID: 1, Label: "fuzz", Kind: lock.Kind(), Recipient: lock.Public()}
		if err := crypto.CheckSlots([]crypto.Slot{slot}, 2); err != nil {
			t.Fatalf("a lock that no table can hold: %v", err)
		}
		if spec, ok := keyring.Relock(slot.Kind, slot.Recipient); ok {
			if again, err := spec.Lock(keyring.LockOptions{Kinds: kinds.All()}); err != nil || again.Public() != lock.Public() || again.Kind() != lock.Kind() {
				t.Fatalf("made anew it is another: %v", err)
			}
		}
	})
}
