package cli

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// A folder in memory that is in use is nobody's leftover; that of a killed
// process is, and what is the user's to remove is not removed.
func TestLeftoversInMemory(t *testing.T) {
	env := func(string) string { return "" }
	place := memoryPlace(env)
	if place == "" {
		t.Skip("no place in memory")
	}
	make := func(prefix string) *memoryFolder {
		f, err := newMemoryFolder(place, prefix)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { os.RemoveAll(f.path) })
		if err := os.WriteFile(filepath.Join(f.path, "V"), []byte("v"), 0o600); err != nil {
			t.Fatal(err)
		}
		return f
	}
	isStale := func(f *memoryFolder) bool { return slices.Contains(findLeftovers(env).stale, f.path) }
	there := func(f *memoryFolder) bool { _, err := os.Stat(f.path); return err == nil }

	for _, prefix := range []string{editFolder, runFolder} {
		f := make(prefix)
		if isStale(f) {
			t.Errorf("%s is in use", prefix)
		}
		if err := removeStale(f.path); err != nil || !there(f) {
			t.Errorf("%s, which is in use, was removed: %v", prefix, err)
		}
		if err := f.remove(); err != nil || there(f) {
			t.Errorf("%s was not removed: %v", prefix, err)
		}
	}

	f := make(keptFolder)
	f.lock.Close()
	if found := findLeftovers(env); slices.Contains(found.stale, f.path) || !slices.Contains(found.kept, f.path) {
		t.Error("what is kept is not found, or is taken for stale")
	}

	// Not ours: a link and a file that look like it.
	link := filepath.Join(place, editFolder+"link-"+filepath.Base(f.path))
	if err := os.Symlink(f.path, link); err != nil {
		t.Fatal(err)
	}
	defer os.Remove(link)
	if slices.Contains(findLeftovers(env).stale, link) {
		t.Error("a link is taken for a folder")
	}
	if err := removeStale(link); err == nil || !there(f) {
		t.Error("a link was followed")
	}
}
