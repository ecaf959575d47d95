package vault_test

import (
	"context"
	"testing"

	"github.com/tacit-vault/tacit/store"
	"github.com/tacit-vault/tacit/store/badgerstore"
	"github.com/tacit-vault/tacit/vault"
)

// Who opens a vault may hand in what opens its database: that is asked, and nothing else.
func TestOpenerIsAsked(t *testing.T) {
	f := newFixture(t)
	asked := 0
	f.with(func(v *vault.Vault) {
		if _, err := v.Set(t.Context(), "A", vault.Text("one")); err != nil {
			t.Fatal(err)
		}
	}, func(o *vault.Options) {
		o.Store = func(ctx context.Context, dir string, options store.Options) (store.Store, error) {
			asked++
			return badgerstore.Open(ctx, dir, options)
		}
	})
	if asked != 1 {
		t.Errorf("asked %d times", asked)
	}
	f.with(func(v *vault.Vault) {
		if _, err := v.Read(t.Context(), "A"); err != nil {
			t.Error(err)
		}
	})
}
