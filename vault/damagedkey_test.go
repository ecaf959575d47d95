package vault_test

import (
	"bytes"
	"context"
	"fmt"
	"iter"
	"testing"

	"github.com/tacit-vault/tacit/store"
	"github.com/tacit-vault/tacit/vault"
)

// A holed store cannot read what lies under one prefix, as Badger where a file
// is damaged or a value is larger than any that was stored.
type holed struct {
	store.Store
	prefix []byte
}

type holedReader struct {
	store.Reader
	prefix []byte
}

func (s *holed) View(fn func(store.Reader) error) error {
	return s.Store.View(func(r store.Reader) error { return fn(holedReader{r, s.prefix}) })
}

func (r holedReader) err(key []byte) error {
	if bytes.HasPrefix(key, r.prefix) {
		return fmt.Errorf("reading: %w", store.ErrCorrupt)
	}
	return nil
}

func (r holedReader) Get(key []byte) ([]byte, error) {
	if err := r.err(key); err != nil {
		return nil, err
	}
	return r.Reader.Get(key)
}

func (r holedReader) Keys(prefix, from []byte) iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		for key, err := range r.Reader.Keys(prefix, from) {
			if err == nil {
				err = r.err(key)
			}
			if !yield(key, err) || err != nil {
				return
			}
		}
	}
}

// Whatever part of the database cannot be read, what fails for it says that the
// vault is damaged, and never that tacit is.
func TestDamageHasACode(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	deeds := []struct {
		name string
		do   func(*vault.Vault) error
	}{
		{"read", func(v *vault.Vault) error { return second(v.Read(ctx, "A")) }},
		{"absent", func(v *vault.Vault) error { return unless(vault.NotFound, second(v.Read(ctx, "NEVER"))) }},
		{"deleted", func(v *vault.Vault) error { return unless(vault.NotFound, second(v.Read(ctx, "GONE"))) }},
		{"history", func(v *vault.Vault) error { return second(v.History(ctx, "A")) }},
		{"list", func(v *vault.Vault) error { return second(v.List(ctx, vault.ListOptions{Details: true})) }},
		{"all", func(v *vault.Vault) error { return second(v.ReadAll(ctx)) }},
		{"verify", func(v *vault.Vault) error { return second(v.Verify(ctx, vault.VerifyOptions{Full: true})) }},
		{"set", func(v *vault.Vault) error { return second(v.Set(ctx, "A", vault.Text("another"))) }},
		{"rotate", func(v *vault.Vault) error { return second(v.Rotate(ctx, vault.RotateOptions{})) }},
	}
	for _, prefix := range []string{"p", "i", "k/", "l/", "s/", ""} {
		v := newFixture(t).open()
		set(t, v, "A", "a")
		set(t, v, "A", "b")
		set(t, v, "GONE", "c")
		if _, err := v.Delete(ctx, "GONE", vault.DeleteOptions{}); err != nil {
			t.Fatal(err)
		}
		v.WrapStore(func(inner store.Store) store.Store { return &holed{inner, []byte(prefix)} })
		for _, d := range deeds {
			if err := d.do(v); err != nil && !vault.CodeOf(err).Tampering() {
				t.Errorf("%s without %q: %v (%s)", d.name, prefix, err, vault.CodeOf(err))
			}
		}
	}
}

func second[T any](_ T, err error) error { return err }

// unless is err, but for a code that is expected.
func unless(code vault.Code, err error) error {
	if vault.CodeOf(err) == code {
		return nil
	}
	return err
}
