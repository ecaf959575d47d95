package store

import (
	"bytes"
	"maps"
	"os"
	"path/filepath"
	"testing"
)

// seeds returns the files of that pattern of a store with a few entries: of
// one that is open, and of one that was closed.
func seeds(f *testing.F, pattern string) [][]byte {
	f.Helper()
	dir := f.TempDir()
	s, err := Open(f.Context(), dir, Options{Create: true})
	if err != nil {
		f.Fatal(err)
	}
	for _, key := range []string{"a", "b", "a"} {
		err := s.Update(func(w Writer) error {
			if err := w.Put([]byte(key+"large"), bytes.Repeat([]byte(key), LargeValue+1)); err != nil {
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
		names, err := filepath.Glob(filepath.Join(dir, dbName, pattern))
		if err != nil {
			f.Fatal(err)
		}
		for _, name := range names {
			b, err := os.ReadFile(name)
			if err != nil {
				f.Fatal(err)
			}
			if b = bytes.TrimRight(b, "\x00"); len(b) > logHeader {
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
	seeds(f, manifestName)
	f.Fuzz(func(t *testing.T, b []byte) {
		m, err := parseManifest(b)
		if err != nil {
			return
		}
		again, err := parseManifest(m.encode())
		if err != nil || again.torn || !maps.Equal(again.tables, m.tables) {
			t.Errorf("%v became %v, %v", m, again, err)
		}
	})
}

func FuzzMemLog(f *testing.F) {
	whole := 0
	for _, b := range seeds(f, "*.mem") {
		if m := parseMemLog(b); m.last > 0 && m.later == 0 {
			whole++
		}
	}
	if whole == 0 {
		f.Fatal("no seed is a whole log")
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		m := parseMemLog(b)
		if m.end > len(b) {
			t.Errorf("the end of %d bytes is at %d", len(b), m.end)
		}
		if cut := parseMemLog(b[:m.end]); cut.end != m.end || cut.last != m.last || cut.dirty {
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
	c := tableChecker{full: true}
	return c.check(name)
}

func FuzzState(f *testing.F) {
	state := []string{"", "open 7                         \n", "closed                         \n"}
	for _, s := range state {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		name := filepath.Join(t.TempDir(), "lock")
		if err := os.WriteFile(name, b, 0o600); err != nil {
			t.Fatal(err)
		}
		file, err := os.OpenFile(name, os.O_RDWR, 0)
		if err != nil {
			t.Fatal(err)
		}
		defer file.Close()
		l := &lock{file: file}
		log, ok := l.openLog()
		if !ok {
			return
		}
		if err := l.markOpen(log); err != nil {
			t.Fatal(err)
		}
		if again, ok := l.openLog(); again != log || !ok {
			t.Errorf("log %d became %d, %v", log, again, ok)
		}
		if err := l.markClosed(); err != nil {
			t.Fatal(err)
		}
		if _, ok := l.openLog(); ok {
			t.Error("still open")
		}
	})
}
