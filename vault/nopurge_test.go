package vault_test

import (
	"errors"
	"testing"

	"github.com/tacit-vault/tacit/store"
	"github.com/tacit-vault/tacit/vault"
)

// plainStore does no more than every store has to: it cannot purge.
type plainStore struct{ store.Store }

// A store that cannot remove the bytes of what is deleted says so: a purge deletes
// nothing, and a rotation warns that the old bytes stay.
func TestStoreThatCannotPurge(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	var warned error
	f.with(func(v *vault.Vault) {
		for _, name := range []string{"A", "B"} {
			if _, err := v.Set(t.Context(), name, vault.Text("one")); err != nil {
				t.Fatal(err)
			}
		}
		v.WrapStore(func(inner store.Store) store.Store { return plainStore{inner} })
		if _, err := v.Delete(t.Context(), "A", vault.DeleteOptions{Purge: true}); !errors.Is(err, store.ErrNoPurge) {
			t.Errorf("purging: %v, want ErrNoPurge", err)
		}
		if _, err := v.Read(t.Context(), "A"); err != nil {
			t.Errorf("after a purge that was refused: %v", err)
		}
		if _, err := v.Delete(t.Context(), "A", vault.DeleteOptions{}); err != nil {
			t.Errorf("deleting without a purge: %v", err)
		}
		old := v.Status().Pin
		if _, err := v.Rotate(t.Context(), vault.RotateOptions{}); err != nil || !errors.Is(warned, store.ErrNoPurge) {
			t.Errorf("rotating: %v, warning %v, want the warning to be ErrNoPurge", err, warned)
		}
		if v.Status().Pin == old {
			t.Error("the keys are the old ones, and the warning says that they are rotated")
		}
	}, func(o *vault.Options) { o.Warn = func(err error) { warned = errors.Join(warned, err) } })
	f.with(func(v *vault.Vault) {
		if _, err := v.Read(t.Context(), "B"); err != nil {
			t.Errorf("after the rotation: %v", err)
		}
		if _, err := v.Set(t.Context(), "C", vault.Text("two")); err != nil {
			t.Errorf("writing after the rotation: %v", err)
		}
	})
}
