package badgerstore_test

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/tacit-vault/tacit/store"
	"github.com/tacit-vault/tacit/store/badgerfiles"
	"github.com/tacit-vault/tacit/store/badgerstore"
	"github.com/tacit-vault/tacit/store/storedir"
)

// Whatever becomes of the lock file while a store is held, nobody else gets in.
func TestLockFileExchanged(t *testing.T) {
	t.Parallel()
	for name, exchange := range map[string]func(lock string) error{
		"removed":  os.Remove,
		"replaced": func(lock string) error { return errors.Join(os.Remove(lock), os.WriteFile(lock, nil, 0o600)) },
		"renamed":  func(lock string) error { return os.Rename(lock, lock+".old") },
		"linked":   func(lock string) error { return os.Link(lock, lock+".too") },
		"exchanged by rename": func(lock string) error {
			return errors.Join(os.WriteFile(lock+".new", nil, 0o600), os.Rename(lock+".new", lock))
		},
		"another's": func(lock string) error {
			other := filepath.Join(filepath.Dir(filepath.Dir(lock)), "other")
			return errors.Join(os.WriteFile(other, nil, 0o600), os.Remove(lock), os.Link(other, lock))
		},
	} {
		for _, how := range []string{"write", "read"} {
			t.Run(name+" under who wants to "+how, func(t *testing.T) {
				t.Parallel()
				dir := filepath.Join(t.TempDir(), "store")
				if err := os.Rename(newStore(t, 10), dir); err != nil {
					t.Fatal(err)
				}
				c := startChild(t, "hold", dir, how)
				if c.line() != "open" {
					t.Fatal("the child did not open the store")
				}
				if err := exchange(filepath.Join(dir, "lock")); err != nil {
					t.Fatal(err)
				}
				for _, o := range []store.Options{{}, {ReadOnly: true}} {
					if o.ReadOnly && how == "read" {
						continue // beside another one it may
					}
					s, err := badgerstore.Open(t.Context(), dir, o)
					if err == nil {
						s.Close()
					}
					if !errors.Is(err, store.ErrBusy) {
						t.Errorf("read-only %v: %v, want ErrBusy", o.ReadOnly, err)
					}
				}
				if release, err := storedir.Hold(t.Context(), dir, 0); err == nil {
					release()
					t.Error("held twice")
				}
				if look, err := badgerfiles.TakeSurvey(t.Context(), dir, 0); how == "write" && name != "removed" && name != "renamed" && (err != nil || !look.InUse) {
					t.Errorf("looked at: %+v, %v, want in use", look, err)
				}
				if err := c.wait(); err != nil {
					t.Error(err)
				}
				s := mustOpen(t, dir, store.Options{ReadOnly: true})
				defer s.Close()
				wantEntries(t, s, 10)
			})
		}
	}
}

// The first commit of a session finds out, too: what it does by name would be done
// to the other store. Put back, the folder is written to again.
func TestFolderExchangedBeforeTheFirstCommit(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "store")
	if err := os.Rename(newStore(t, 10), dir); err != nil {
		t.Fatal(err)
	}
	s := mustOpen(t, dir, store.Options{})
	put := func(w store.Writer) error { return w.Put([]byte("late"), nil) }
	for name, exchange := range map[string]func() error{
		"moved":    func() error { return os.Rename(dir, dir+".away") },
		"replaced": func() error { return errors.Join(os.Rename(dir, dir+".away"), os.Rename(newStore(t, 5), dir)) },
		"a link":   func() error { return errors.Join(os.Rename(dir, dir+".away"), os.Symlink(newStore(t, 5), dir)) },
	} {
		if err := exchange(); err != nil {
			t.Fatal(name, err)
		}
		if err := s.Update(put); !errors.Is(err, store.ErrUnsafe) {
			t.Errorf("%s: writing: %v, want ErrUnsafe", name, err)
		}
		if err := errors.Join(os.RemoveAll(dir), os.Rename(dir+".away", dir)); err != nil {
			t.Fatal(name, err)
		}
	}
	if err := errors.Join(s.Update(put), s.Close()); err != nil {
		t.Error(err)
	}
}

// Who has a folder open that another one is put in the place of leaves that alone.
func TestFolderExchanged(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "store")
	if err := os.Rename(newStore(t, 10), dir); err != nil {
		t.Fatal(err)
	}
	first := mustOpen(t, dir, store.Options{})
	fill(t, first, 10, 20)
	if err := errors.Join(os.Rename(dir, dir+".away"), os.Rename(newStore(t, 5), dir)); err != nil {
		t.Fatal(err)
	}
	before := snapshot(t, dir)
	put := func(w store.Writer) error { return w.Put([]byte("late"), nil) }
	if err := first.Update(put); !errors.Is(err, store.ErrUnsafe) {
		t.Errorf("writing: %v, want ErrUnsafe", err)
	}
	if err := first.Purge(t.Context()); !errors.Is(err, store.ErrUnsafe) {
		t.Errorf("purging: %v, want ErrUnsafe", err)
	}
	if err := first.Close(); err != nil {
		t.Error(err)
	}
	wantUnchanged(t, before, snapshot(t, dir))
	for path, entries := range map[string]int{dir: 5, dir + ".away": 20} {
		s := mustOpen(t, path, store.Options{ReadOnly: true})
		wantEntries(t, s, entries)
		s.Close()
	}
}

// A copy made of hard links and what it was made of are not written to, neither of
// them, however the lock is shared.
func TestHardLinkedCopies(t *testing.T) {
	t.Parallel()
	dir := newStore(t, 10)
	twin := filepath.Join(t.TempDir(), "twin")
	if out, err := exec.Command("cp", "-al", dir, twin).CombinedOutput(); err != nil {
		t.Skipf("cp: %v: %s", err, out)
	}
	before := snapshot(t, dir)
	for _, path := range []string{dir, twin} {
		s, err := badgerstore.Open(t.Context(), path, store.Options{})
		if err == nil {
			s.Close()
		}
		if !errors.Is(err, store.ErrUnsafe) {
			t.Errorf("writing: %v, want ErrUnsafe", err)
		}
	}
	one := mustOpen(t, dir, store.Options{ReadOnly: true})
	defer one.Close()
	two := mustOpen(t, twin, store.Options{ReadOnly: true})
	defer two.Close()
	wantEntries(t, one, 10)
	wantEntries(t, two, 10)
	wantUnchanged(t, before, snapshot(t, dir))
}
