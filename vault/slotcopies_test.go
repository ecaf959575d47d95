package vault_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/tacit-vault/tacit/crypto"
	"github.com/tacit-vault/tacit/store"
	"github.com/tacit-vault/tacit/vault"
)

// watched calls after when a transaction was committed, which is when a process
// can be killed.
type watched struct {
	store.Store
	after func(store.Store)
}

func (s *watched) Update(fn func(store.Writer) error) error {
	err := s.Store.Update(fn)
	s.after(s.Store)
	return err
}

func (s *watched) Purge(ctx context.Context) error { return store.Purge(ctx, s.Store) }
func (s *watched) CheckPurge(gone []byte) error    { return store.CheckPurge(s.Store, gone) }

// Whenever a head is committed, the copies of its slots are there: killed just
// then, the vault verifies, for readers too.
func TestSlotCopiesComeFirst(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.with(func(v *vault.Vault) {
		commits := 0
		v.WrapStore(func(inner store.Store) store.Store {
			return &watched{inner, func(s store.Store) {
				commits++
				f.wantCopies(s)
			}}
		})
		if _, err := v.AddSlot(t.Context(), vault.NewSlot{Label: "phrase", Lock: phraseLock(t, "one")}); err != nil {
			t.Fatal(err)
		}
		if _, err := v.ReplaceSlot(t.Context(), "phrase", phraseLock(t, "two")); err != nil {
			t.Fatal(err)
		}
		if _, err := v.RemoveSlot(t.Context(), "phrase"); err != nil {
			t.Fatal(err)
		}
		if _, err := v.Rotate(t.Context(), vault.RotateOptions{}); err != nil {
			t.Fatal(err)
		}
		if commits < 6 {
			t.Fatalf("%d commits were looked at", commits)
		}
	})
}

// wantCopies holds the copies of slots against the head in the store.
func (f *fixture) wantCopies(s store.Store) {
	f.t.Helper()
	var z []byte
	err := s.View(func(r store.Reader) (err error) {
		z, err = r.Get([]byte("z"))
		return err
	})
	if err != nil {
		f.t.Fatal(err)
	}
	head, err := crypto.ParseHead(z)
	if err != nil {
		f.t.Fatal(err)
	}
	for _, slot := range head.Slots {
		name := fmt.Sprintf("%02d-%s.age", slot.ID, slot.Label)
		b, err := os.ReadFile(filepath.Join(f.dir, "slots", name))
		if err != nil || crypto.Sum(b) != slot.Sum {
			f.t.Errorf("the copy %s is not that of the slot committed: %v", name, err)
		}
	}
}

// A slot that could not be committed leaves no copy once the next change is made.
func TestSlotCopiesOfNothing(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.with(func(v *vault.Vault) {
		failing(v, 1, faults[0])
		if _, err := v.AddSlot(t.Context(), vault.NewSlot{Label: "phrase", Lock: phraseLock(t, "one")}); err == nil {
			t.Fatal("added")
		}
		set(t, v, "A", "1")
	})
	entries, err := os.ReadDir(filepath.Join(f.dir, "slots"))
	if err != nil || len(entries) != 1 {
		t.Errorf("%d copies: %v", len(entries), err)
	}
}
