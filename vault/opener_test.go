package vault_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/tacit-vault/tacit/store"
	"github.com/tacit-vault/tacit/store/badgerstore"
	"github.com/tacit-vault/tacit/store/tablestore"
	"github.com/tacit-vault/tacit/vault"
)

// Who opens a vault may hand in what opens its database: that is asked, and nothing else.
func TestOpenerIsAsked(t *testing.T) {
	t.Parallel()
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

// Without a database a vault is read, if it was closed in good order; anything else is
// an error that says so, and changes nothing.
func TestDatabaseNotLinked(t *testing.T) {
	f := newFixture(t)
	large := strings.Repeat("x", store.LargeValue+1)
	f.with(func(v *vault.Vault) {
		set(t, v, "A", "one")
		p := v.Policy()
		p.MaxValue = 1 << 20
		if err := v.SetPolicy(t.Context(), p); err != nil {
			t.Fatal(err)
		}
		set(t, v, "LARGE", large)
	})
	unlinked := func(o *vault.Options) {
		o.Store = tablestore.Before(func(context.Context, string, store.Options) (store.Store, error) {
			return nil, store.ErrNotLinked
		})
	}
	f.with(func(v *vault.Vault) {
		sec, err := v.Read(t.Context(), "A")
		if err != nil || string(sec.Value.Reveal()) != "one" {
			t.Errorf("%v", err)
		}
		if _, err := v.Read(t.Context(), "B"); !errors.Is(err, vault.NotFound) {
			t.Errorf("what is absent: %v", err)
		}
		if list, err := v.List(t.Context(), vault.ListOptions{}); err != nil || len(list) != 2 {
			t.Errorf("%d names, %v", len(list), err)
		}
		if _, err := v.Read(t.Context(), "LARGE"); !errors.Is(err, store.ErrNotLinked) {
			t.Errorf("a large value: %v", err)
		}
	}, readOnly, unlinked)
	for name, change := range map[string]func(*vault.Options){
		"for writing": func(*vault.Options) {},
		"for long":    func(o *vault.Options) { o.Write = false },
	} {
		if _, err := f.tryOpen(change, unlinked); !errors.Is(err, store.ErrNotLinked) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
