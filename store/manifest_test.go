package store

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
)

// A shortened MANIFEST says the same, to us and to Badger.
func TestShortenManifest(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for i := range 12 {
		s, err := Open(t.Context(), dir, Options{Create: i == 0})
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Update(func(w Writer) error { return w.Put(fmt.Appendf(nil, "%d", i), []byte("v")) }); err != nil {
			t.Fatal(err)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
	read := func() *fileSet {
		t.Helper()
		s, err := readFileSet(filepath.Join(dir, dbName))
		if err != nil {
			t.Fatal(err)
		}
		if err := s.check(true); err != nil {
			t.Fatal(err)
		}
		return s
	}
	before := read()
	size := before.manifest.size
	if err := shortenManifest(before); err != nil || read().manifest.size != size {
		t.Fatalf("a short MANIFEST was rewritten: %v", err)
	}
	before.manifest.size = manifestBloat + 1
	if err := shortenManifest(before); err != nil {
		t.Fatal(err)
	}
	after := read()
	if after.manifest.size >= size || fmt.Sprint(after.manifest.tables) != fmt.Sprint(before.manifest.tables) {
		t.Errorf("%d bytes with %v became %d with %v", size, before.manifest.tables, after.manifest.size, after.manifest.tables)
	}
	if _, err := os.Stat(filepath.Join(dir, dbName, rewriteName)); err == nil {
		t.Error("the rewritten MANIFEST is still there under its first name")
	}
	for _, readOnly := range []bool{true, false} {
		s, err := Open(t.Context(), dir, Options{ReadOnly: readOnly})
		if err != nil {
			t.Fatal(err)
		}
		err = s.View(func(r Reader) error {
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
