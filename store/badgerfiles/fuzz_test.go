package badgerfiles_test

import (
	"bytes"
	"maps"
	"os"
	"path/filepath"
	"testing"

	"github.com/tacit-vault/tacit/store"
	"github.com/tacit-vault/tacit/store/badgerfiles"
	"github.com/tacit-vault/tacit/store/badgerstore"
	"github.com/tacit-vault/tacit/store/storedir"
)

// seeds returns the files of that pattern of a store with a few entries: of
// one that is open, and of one that was closed.
func seeds(f *testing.F, pattern string) [][]byte {
	f.Helper()
	dir := f.TempDir()
	s, err := badgerstore.Open(f.Context(), dir, store.Options{Create: true})
	if err != nil {
		f.Fatal(err)
	}
	for _, key := range []string{"a", "b", "a"} {
		err := s.Update(func(w store.Writer) error {
			if err := w.Put([]byte(key+"large"), bytes.Repeat([]byte(key), store.LargeValue+1)); err != nil {
				return err
			}
			return w.Put([]byte(key), bytes.Repeat([]byte(key), 300))
		})
		if err != nil {
			f.Fatal(err)
		}
	}
	var list [][]byte
	read := func() {
		names, err := filepath.Glob(filepath.Join(dir, storedir.DatabaseName, pattern))
		if err != nil {
			f.Fatal(err)
		}
		for _, name := range names {
			b, err := os.ReadFile(name)
			if err != nil {
				f.Fatal(err)
			}
			if b = bytes.TrimRight(b, "\x00"); len(b) > badgerfiles.LogHeader {
				list = append(list, b)
			}
		}
	}
	read()
	if err := s.Close(); err != nil {
		f.Fatal(err)
	}
	read()
	if len(list) == 0 {
		f.Fatalf("no seeds from %s", pattern)
	}
	for _, b := range list {
		f.Add(b)
		f.Add(b[:len(b)/2])
	}
	return list
}

func FuzzManifest(f *testing.F) {
	seeds(f, badgerfiles.ManifestName)
	f.Fuzz(func(t *testing.T, b []byte) {
		m, err := badgerfiles.ParseManifest(b)
		if err != nil {
			return
		}
		again, err := badgerfiles.ParseManifest(m.Encode())
		if err != nil || again.Torn || !maps.Equal(again.Tables, m.Tables) {
			t.Errorf("%v became %v, %v", m, again, err)
		}
	})
}

func FuzzMemLog(f *testing.F) {
	whole := 0
	for _, b := range seeds(f, "*.mem") {
		if m := badgerfiles.ParseMemLog(b); m.Last > 0 && m.Later == 0 {
			whole++
		}
	}
	if whole == 0 {
		f.Fatal("no seed is a whole log")
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		m := badgerfiles.ParseMemLog(b)
		if m.End > len(b) {
			t.Errorf("the end of %d bytes is at %d", len(b), m.End)
		}
		if cut := badgerfiles.ParseMemLog(b[:m.End]); cut.End != m.End || cut.Last != m.Last || cut.Dirty {
			t.Errorf("cut at its end: %+v became %+v", m, cut)
		}
	})
}

func FuzzTable(f *testing.F) {
	for _, b := range seeds(f, "*.sst") {
		if err := checkBytes(f, b); err != nil {
			f.Fatalf("a table of the database: %v", err)
		}
	}
	f.Fuzz(func(t *testing.T, b []byte) { _ = checkBytes(t, b) })
}

// checkBytes verifies a table.
func checkBytes(t testing.TB, b []byte) error {
	name := filepath.Join(t.TempDir(), "000001.sst")
	if err := os.WriteFile(name, b, 0o600); err != nil {
		t.Fatal(err)
	}
	c := badgerfiles.TableChecker{Full: true}
	return c.Check(name)
}
