package badgerstore_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/tacit-vault/tacit/store"
	"github.com/tacit-vault/tacit/store/badgerfiles"
)

// Something in db.old or db.part cannot be removed, though the folders are of no
// value: writing goes on beside it. Only a purge, which promises that bytes are
// gone, says that they may not be.
func TestStuckFolders(t *testing.T) {
	t.Parallel()
	for _, folder := range []string{"db.old", "db.part"} {
		t.Run(folder, func(t *testing.T) {
			t.Parallel()
			dir := newStore(t, 10)
			stuck := filepath.Join(dir, folder, "stuck")
			if err := os.MkdirAll(stuck, 0o700); err != nil {
				t.Fatal(err)
			}
			if err := unix.Mount("tmpfs", stuck, "tmpfs", 0, "size=1m"); err != nil {
				t.Skipf("no right to mount: %v", err)
			}
			t.Cleanup(func() {
				places, _ := filepath.Glob(filepath.Join(dir, "db.*", "stuck"))
				for _, place := range places {
					if err := unix.Unmount(place, unix.MNT_DETACH); err != nil {
						t.Error(err)
					}
				}
			})
			for range 10 { // the tables are merged once
				s := mustOpen(t, dir, store.Options{})
				fill(t, s, 0, 10)
				if err := s.Close(); err != nil {
					t.Fatal(err)
				}
			}
			s := mustOpen(t, dir, store.Options{})
			if err := s.Purge(t.Context()); err == nil {
				t.Error("a purge says nothing of what it could not remove")
			}
			if err := s.Close(); err != nil {
				t.Error(err)
			}
			c, err := badgerfiles.TakeSurvey(t.Context(), dir, 0)
			if err := errors.Join(err, c.Err); err != nil || len(c.Stopped) != 1 {
				t.Errorf("looked at: %+v, %v", c, err)
			}
			s = mustOpen(t, dir, store.Options{ReadOnly: true})
			wantEntries(t, s, 10)
			if err := s.Close(); err != nil {
				t.Error(err)
			}
		})
	}
}
