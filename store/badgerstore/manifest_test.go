package badgerstore

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/tacit-vault/tacit/store"
	"github.com/tacit-vault/tacit/store/badgerfiles"
	"github.com/tacit-vault/tacit/store/storedir"
)

// A shortened MANIFEST says the same, to us and to Badger.
func TestShortenManifest(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for i := range 12 {
		s, err := Open(t.Context(), dir, store.Options{Create: i == 0})
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Update(func(w store.Writer) error { return w.Put(fmt.Appendf(nil, "%d", i), []byte("v")) }); err != nil {
			t.Fatal(err)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
	read := func() *badgerfiles.Set {
		t.Helper()
		s, err := badgerfiles.Read(filepath.Join(dir, storedir.DatabaseName))
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Check(true); err != nil {
			t.Fatal(err)
		}
		return s
	}
	before := read()
	size := before.Manifest.Size
	if err := shortenManifest(before); err != nil || read().Manifest.Size != size {
		t.Fatalf("a short MANIFEST was rewritten: %v", err)
	}
	before.Manifest.Size = manifestBloat + 1
	if err := shortenManifest(before); err != nil {
		t.Fatal(err)
	}
	after := read()
	if after.Manifest.Size >= size || fmt.Sprint(after.Manifest.Tables) != fmt.Sprint(before.Manifest.Tables) {
		t.Errorf("%d bytes with %v became %d with %v", size, before.Manifest.Tables, after.Manifest.Size, after.Manifest.Tables)
	}
	if _, err := os.Stat(filepath.Join(dir, storedir.DatabaseName, badgerfiles.RewriteName)); err == nil {
		t.Error("the rewritten MANIFEST is still there under its first name")
	}
	for _, readOnly := range []bool{true, false} {
		s, err := Open(t.Context(), dir, store.Options{ReadOnly: readOnly})
		if err != nil {
			t.Fatal(err)
		}
		err = s.View(func(r store.Reader) error {
			for i := range 12 {
				if _, err := r.Get(fmt.Appendf(nil, "%d", i)); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Error(err)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
}
