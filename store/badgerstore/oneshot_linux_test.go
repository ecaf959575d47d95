package badgerstore_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tacit-vault/tacit/store"
)

// A one-shot reader keeps no file of the store open or mapped after Close: a program may
// open many stores, one after the other.
func TestOneShotReaderLetsGo(t *testing.T) {
	t.Parallel()
	dir := newStore(t, 100)
	s := mustOpen(t, dir, store.Options{ReadOnly: true, OneShot: true})
	wantEntries(t, s, 100)
	if len(inUse(t, dir)) == 0 {
		t.Fatal("an open store uses no file")
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if files := inUse(t, dir); len(files) > 0 {
		t.Errorf("in use after Close: %q", files)
	}
}

// inUse are the files below dir that this process has open or mapped.
func inUse(t *testing.T, dir string) (files []string) {
	t.Helper()
	open, err := filepath.Glob("/proc/self/fd/*")
	if err != nil {
		t.Fatal(err)
	}
	for _, fd := range open {
		if file, err := os.Readlink(fd); err == nil && strings.HasPrefix(file, dir+"/") {
			files = append(files, file)
		}
	}
	maps, err := os.ReadFile("/proc/self/maps")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(maps)) {
		if _, file, ok := strings.Cut(strings.TrimSpace(line), dir+"/"); ok {
			files = append(files, "mapped "+file)
		}
	}
	return files
}
