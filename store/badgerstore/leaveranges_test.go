package badgerstore_test

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"github.com/tacit-vault/tacit/store"
	"github.com/tacit-vault/tacit/store/badgerfiles"
	"github.com/tacit-vault/tacit/store/badgerstore"
	"github.com/tacit-vault/tacit/store/storedir"
)

// rangesOf is the hint beside the tables in dir, and what it should be.
func rangesOf(t *testing.T, dir string) (left, right []byte) {
	t.Helper()
	s, err := badgerfiles.Read(filepath.Join(dir, storedir.DatabaseName))
	if err == nil {
		err = s.ReadManifest()
	}
	if err != nil {
		t.Fatal(err)
	}
	left, err = os.ReadFile(filepath.Join(s.Dir, badgerfiles.RangesName))
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		t.Fatal(err)
	}
	return left, s.EncodeRanges()
}

// session puts entries of that many bytes into a store and closes it.
func session(t *testing.T, dir string, o store.Options, from, to, size int) {
	t.Helper()
	s := mustOpen(t, dir, o)
	random := rand.New(rand.NewPCG(uint64(from), 0))
	for from < to {
		err := s.Update(func(w store.Writer) error {
			for left := 1_000_000; from < to && left > size+1000; from++ {
				value := bytes.Repeat([]byte{byte(random.Uint32())}, size)
				if err := w.Put(fmt.Appendf(nil, "k%06d", from), value); err != nil {
					return err
				}
				left -= size + 1000
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}

// The hint comes with the tables that a merge makes, and only there: a small session
// leaves it as it is, a small store has none.
func TestRangesAreLeft(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, storedir.DatabaseName, badgerfiles.RangesName)
	session(t, dir, store.Options{Create: true}, 0, 5, 100)
	for range badgerfiles.ManyTables {
		session(t, dir, store.Options{}, 0, 5, 100)
	}
	if storedir.Exists(path) {
		t.Error("a small store has a hint")
	}
	session(t, dir, store.Options{}, 0, 700, 60_000) // three tables, once they are merged
	left, right := rangesOf(t, dir)
	if left == nil || !bytes.Equal(left, right) {
		t.Fatalf("%d bytes are left, want %d", len(left), len(right))
	}
	before, err := os.Lstat(path)
	if err != nil || before.Mode() != 0o600 && before.Mode() != 0o666 { // on Windows
		t.Errorf("%v, %v", before.Mode(), err)
	}
	session(t, dir, store.Options{}, 10, 15, 100)
	if after, err := os.Lstat(path); err != nil || !os.SameFile(before, after) || !after.ModTime().Equal(before.ModTime()) {
		t.Errorf("a small session has written it: %v", err)
	}
	// Whatever stands there, the next merge leaves what is right.
	if err := os.WriteFile(path, []byte("half of it"), 0o600); err != nil {
		t.Fatal(err)
	}
	for n := range badgerfiles.ManyTables {
		session(t, dir, store.Options{}, 20*n, 20*n+5, 100)
	}
	if left, right := rangesOf(t, dir); left == nil || !bytes.Equal(left, right) {
		t.Errorf("after a merge %d bytes are left, want %d", len(left), len(right))
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	s := mustOpen(t, dir, store.Options{})
	if err := errors.Join(s.Purge(t.Context()), s.Close()); err != nil {
		t.Fatal(err)
	}
	if left, right := rangesOf(t, dir); left == nil || !bytes.Equal(left, right) {
		t.Errorf("after a purge %d bytes are left, want %d", len(left), len(right))
	}
	if err := badgerfiles.CheckAll(filepath.Dir(path)); err != nil {
		t.Error(err)
	}
}

// A hint does not count as a file that is not the database's, and a copy for a recovery
// leaves it out.
func TestRangesAreNoMatter(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	session(t, dir, store.Options{Create: true}, 0, 20, 100)
	path := filepath.Join(dir, storedir.DatabaseName, badgerfiles.RangesName)
	if err := os.WriteFile(path, []byte("no hint"), 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := badgerfiles.TakeSurvey(t.Context(), dir, 0)
	if err != nil || c.Err != nil || len(c.Strange) > 0 || c.Unclean {
		t.Errorf("%+v, %v", c, err)
	}
	stopped := t.TempDir()
	s := mustOpen(t, dir, store.Options{})
	fill(t, s, 0, 3)
	if err := os.CopyFS(stopped, os.DirFS(dir)); err != nil { // as a kill leaves it
		t.Fatal(err)
	}
	if err := errors.Join(os.Chmod(filepath.Join(stopped, storedir.DatabaseName), 0o700), s.Close()); err != nil {
		t.Fatal(err)
	}
	session(t, stopped, store.Options{}, 30, 31, 100)
	if err := badgerfiles.CheckAll(filepath.Join(stopped, storedir.DatabaseName)); err != nil {
		t.Error(err)
	}
}

// What stands in its place and is no file is refused, as everywhere in the folder, and
// by a reader as well as a writer.
func TestRangesAreAFile(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	session(t, dir, store.Options{Create: true}, 0, 20, 100)
	path := filepath.Join(dir, storedir.DatabaseName, badgerfiles.RangesName)
	for name, put := range map[string]func() error{
		"a folder": func() error { return os.Mkdir(path, 0o700) },
		"a link":   func() error { return os.Symlink(badgerfiles.ManifestName, path) },
	} {
		if err := put(); err != nil {
			t.Skip(err)
		}
		for _, o := range []store.Options{{}, {ReadOnly: true}} {
			s, err := badgerstore.Open(t.Context(), dir, o)
			if err == nil {
				s.Close()
			}
			if !errors.Is(err, store.ErrCorrupt) {
				t.Errorf("%s, %+v: %v", name, o, err)
			}
		}
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
	}
	session(t, dir, store.Options{}, 0, 1, 100)
}
