//go:build unix

package badgerstore_test

import (
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/tacit-vault/tacit/store"
	"github.com/tacit-vault/tacit/store/badgerstore"
)

// A pipe where the ballast should be is put away, and not filled until somebody
// reads from it.
func TestBallastPipe(t *testing.T) {
	t.Parallel()
	dir := newStore(t, 10)
	ballast := filepath.Join(dir, "ballast")
	if err := errors.Join(os.Remove(ballast), syscall.Mkfifo(ballast, 0o600)); err != nil {
		t.Fatal(err)
	}
	s := mustOpen(t, dir, store.Options{})
	wantEntries(t, s, 10)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Lstat(ballast); err != nil || !info.Mode().IsRegular() || info.Size() == 0 {
		t.Errorf("%v, %v", info, err)
	}
}

// What has a second name elsewhere is never written to.
func TestHardLinks(t *testing.T) {
	t.Parallel()
	for name, refused := range map[string]bool{
		"lock": true, "db/MANIFEST": true, "db/KEYREGISTRY": true, "db/DISCARD": false, "ballast": false,
	} {
		t.Run(filepath.Base(name), func(t *testing.T) {
			t.Parallel()
			dir := newStore(t, 10)
			path, mine := filepath.Join(dir, name), filepath.Join(t.TempDir(), "mine")
			b, err := os.ReadFile(path)
			if name == "ballast" || err != nil {
				b = []byte("mine")
			}
			if err := errors.Join(os.WriteFile(mine, b, 0o600), os.RemoveAll(path), os.Link(mine, path)); err != nil {
				t.Skip(err)
			}
			r := mustOpen(t, dir, store.Options{ReadOnly: true})
			wantEntries(t, r, 10)
			r.Close()
			s, err := badgerstore.Open(t.Context(), dir, store.Options{})
			if err == nil {
				err = s.Update(func(w store.Writer) error { return w.Put([]byte("k"), []byte("v")) })
				err = errors.Join(err, s.Close())
			}
			if errors.Is(err, store.ErrUnsafe) != refused || err != nil && !refused {
				t.Errorf("writing: %v", err)
			}
			if after, err := os.ReadFile(mine); err != nil || string(after) != string(b) {
				t.Errorf("the other name's file was written: %d bytes, %v", len(after), err)
			}
		})
	}
}
