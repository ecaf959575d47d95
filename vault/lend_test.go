package vault_test

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/tacit-vault/tacit/crypto"
	"github.com/tacit-vault/tacit/vault"
)

// borrower is a key that is drawn for one loan, and its lock.
func borrower(t testing.TB) (crypto.Key, crypto.Lock) {
	t.Helper()
	id, err := crypto.NewIdentity(crypto.Hybrid)
	if err != nil {
		t.Fatal(err)
	}
	key, err := crypto.Identities("the loan", strings.NewReader(id.Reveal()))
	if err != nil {
		t.Fatal(err)
	}
	lock, err := crypto.Recipient(key.Recipients()[0])
	if err != nil {
		t.Fatal(err)
	}
	return key, lock
}

// What a vault lends opens it for who has the key of the loan, and for nobody else, until
// its keys are rotated. No slot counts as used.
func TestLend(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	key, lock := borrower(t)
	other, _ := borrower(t)
	var file []byte
	f.with(func(v *vault.Vault) {
		set(t, v, "A", "1")
		if err := v.Suspend(t.Context()); err != nil {
			t.Fatal(err)
		}
		var err error
		if file, err = vault.Lend(v, lock); err != nil {
			t.Fatal(err)
		}
		if err := v.Resume(t.Context()); err != nil {
			t.Fatal(err)
		}
	})
	used := func() (when time.Time) {
		f.with(func(v *vault.Vault) {
			slots, err := v.Slots(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			when = slots[0].Used
		}, locked)
		return when
	}
	before := used()
	f.now = f.now.Add(48 * time.Hour)
	lent := func(file []byte, keys ...crypto.Key) (*vault.Vault, error) {
		return f.tryOpen(func(o *vault.Options) { o.Keys, o.Lent = keys, file })
	}
	v, err := lent(file, other, key)
	if err != nil {
		t.Fatal(err)
	}
	if get(t, v, "A") != "1" {
		t.Error("not the value")
	}
	set(t, v, "A", "2")
	v.Close()
	if after := used(); !before.Equal(after) || before.IsZero() {
		t.Errorf("a slot counts as used on %v, before on %v", after, before)
	}
	broken := bytes.Clone(file)
	broken[len(broken)-1] ^= 1
	for name, try := range map[string]func() (*vault.Vault, error){
		"another's key": func() (*vault.Vault, error) { return lent(file, other) },
		"a slot's key":  func() (*vault.Vault, error) { return lent(file, f.key) },
		"a broken file": func() (*vault.Vault, error) { return lent(broken, key) },
		"no file":       func() (*vault.Vault, error) { return lent([]byte{}, key) },
	} {
		if _, err := try(); vault.CodeOf(err) != vault.WrongKey {
			t.Errorf("%s: %v", name, err)
		}
	}
	f.with(func(v *vault.Vault) { rotate(t, v, vault.RotateOptions{Relock: keepAll}) })
	_, err = lent(file, key)
	wantCode(t, err, vault.WrongKey)

	f.with(func(v *vault.Vault) {
		_, err := vault.Lend(v, lock)
		wantCode(t, err, vault.Locked)
	}, locked)
}

// A post-quantum vault lends only to what withstands a quantum computer, too.
func TestLendPostQuantum(t *testing.T) {
	t.Parallel()
	f := newFixture(t, func(o *vault.CreateOptions) { o.PostQuantum = true })
	key, lock := borrower(t)
	_, classic := newKey(t, false)
	f.with(func(v *vault.Vault) {
		_, err := vault.Lend(v, classic)
		wantCode(t, err, vault.InvalidValue)
	})
	var file []byte
	f.with(func(v *vault.Vault) {
		set(t, v, "A", "1")
		var err error
		if file, err = vault.Lend(v, lock); err != nil {
			t.Fatal(err)
		}
	})
	f.with(func(v *vault.Vault) {
		if get(t, v, "A") != "1" {
			t.Error("not the value")
		}
	}, func(o *vault.Options) { o.Keys, o.Lent = []crypto.Key{key}, file })
}
