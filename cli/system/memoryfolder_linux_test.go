package system

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
	place := MemoryPlace(env)
	if place == "" {
		t.Skip("no place in memory")
	}
	make := func(prefix string) *MemoryFolder {
		f, err := NewMemoryFolder(place, prefix)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { os.RemoveAll(f.Path) })
		if err := os.WriteFile(filepath.Join(f.Path, "V"), []byte("v"), 0o600); err != nil {
			t.Fatal(err)
		}
		return f
	}
	isStale := func(f *MemoryFolder) bool { return slices.Contains(FindLeftovers(env).Stale, f.Path) }
	there := func(f *MemoryFolder) bool { _, err := os.Stat(f.Path); return err == nil }

	for _, prefix := range []string{EditFolder, RunFolder} {
		f := make(prefix)
		if isStale(f) {
			t.Errorf("%s is in use", prefix)
		}
		if err := RemoveStale(f.Path); err != nil || !there(f) {
			t.Errorf("%s, which is in use, was removed: %v", prefix, err)
		}
		if err := f.Remove(); err != nil || there(f) {
			t.Errorf("%s was not removed: %v", prefix, err)
		}
	}

	f := make(KeptFolder)
	f.Lock.Close()
	if found := FindLeftovers(env); slices.Contains(found.Stale, f.Path) || !slices.Contains(found.Kept, f.Path) {
		t.Error("what is kept is not found, or is taken for stale")
	}

	// Not ours: a link and a file that look like it.
	link := filepath.Join(place, EditFolder+"link-"+filepath.Base(f.Path))
	if err := os.Symlink(f.Path, link); err != nil {
		t.Fatal(err)
	}
	defer os.Remove(link)
	if slices.Contains(FindLeftovers(env).Stale, link) {
		t.Error("a link is taken for a folder")
	}
	if err := RemoveStale(link); err == nil || !there(f) {
		t.Error("a link was followed")
	}
}
