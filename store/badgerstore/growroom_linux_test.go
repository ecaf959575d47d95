package badgerstore_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/tacit-vault/tacit/store"
	"github.com/tacit-vault/tacit/store/badgerfiles"
)

// Where the disk is so full that the ballast is just enough to begin, much can be
// deleted by who was going to write little.
func TestGrowOnFullDisk(t *testing.T) {
	t.Parallel()
	disk, dir := mountVault(t, 64)
	s := mustOpen(t, dir, store.Options{Create: true})
	fill(t, s, 0, 3000)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	deleted := 0
	for pages := range 6 {
		if err := os.Remove(filepath.Join(dir, "ballast")); err != nil {
			t.Fatal(err)
		}
		undo := fillDisk(t, disk, badgerfiles.TightReserve+int64(pages)*4096)
		s := mustOpen(t, dir, store.Options{Small: true})
		err := s.Update(func(w store.Writer) error { return w.Delete([]byte("none")) })
		if err == nil {
			err = store.Grow(s, 400, 0)
		}
		if err == nil {
			err = s.Update(func(w store.Writer) error {
				for i := deleted; i < deleted+400; i++ {
					key, _ := entry(i)
					if err := w.Delete(key); err != nil {
						return err
					}
				}
				return nil
			})
		}
		deleted += 400
		if err := errors.Join(err, s.Close()); err != nil {
			t.Errorf("%d pages more than it takes to begin: %v", pages, err)
		}
		undo()
		s = mustOpen(t, dir, store.Options{}) // which brings the ballast back
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// A lock file that somebody takes while the store is open keeps it from growing as
// little as from writing.
func TestGrowWithoutLockFile(t *testing.T) {
	t.Parallel()
	for _, small := range []bool{false, true} {
		dir := newStore(t, 10)
		s := mustOpen(t, dir, store.Options{Small: small})
		if err := os.Remove(filepath.Join(dir, "lock")); err != nil {
			t.Fatal(err)
		}
		err := store.Grow(s, 1000, 0)
		if err == nil {
			err = s.Update(func(w store.Writer) error {
				for i := range 1000 {
					if err := w.Put(fmt.Appendf(nil, "k%d", i), nil); err != nil {
						return err
					}
				}
				return nil
			})
		}
		if err := errors.Join(err, s.Close()); err != nil {
			t.Errorf("small %v: %v", small, err)
		}
	}
}
