package badgerstore

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
)

// A file that is open is known by its path where the mount gives it a new number
// each time. One that took its place, or was linked there, is not.
func TestOpenedWithoutNumbers(t *testing.T) {
	t.Parallel()
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "00001.mem")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	known := func() bool {
		open, err := openFiles()
		if err != nil {
			t.Fatal(err)
		}
		info, err := os.Lstat(path)
		if err != nil {
			t.Fatal(err)
		}
		open.ids = nil // as a mount that keeps no numbers shows it
		return open.has(info, path)
	}
	if !known() {
		t.Error("the file is not known")
	}
	if err := errors.Join(os.Rename(path, path+".aside"), os.WriteFile(path, nil, 0o600)); err != nil {
		t.Fatal(err)
	}
	if known() {
		t.Error("another file in its place is taken for it")
	}
	if err := errors.Join(os.Remove(path), os.Symlink(path+".aside", path)); err != nil {
		t.Fatal(err)
	}
	if known() {
		t.Error("a link to it is taken for it")
	}
}
