package anchor

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"testing"
)

func TestUnwritable(t *testing.T) {
	// A file where the folder should be: no user, root neither, can write there.
	d := testDir(t)
	if err := os.MkdirAll(filepath.Dir(d.Path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(d.Path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := d.Save(testID, "/a", update(1)); err == nil {
		t.Error("saved into a file")
	}
	os.Remove(d.Path)
	save(t, d, testID, "/a", update(1))
	if os.Getuid() == 0 || runtime.GOOS == "windows" {
		t.Skip("modes do not bind this user")
	}
	if err := os.Chmod(filepath.Join(d.Path, "vaults"), 0o500); err != nil {
		t.Fatal(err)
	}
	defer os.Chmod(filepath.Join(d.Path, "vaults"), 0o700)
	save(t, d, testID, "/a", update(1)) // nothing to write
	if err := d.Save(testID, "/a", update(2)); !errors.Is(err, fs.ErrPermission) {
		t.Errorf("%v", err)
	}
	if m := mustLoad(t, d, testID, "/a"); m.Here != point(1) {
		t.Errorf("%+v", m)
	}
}

// TestCrashLeftover: a temporary file that a crash left is in nobody's way.
func TestCrashLeftover(t *testing.T) {
	d := testDir(t)
	save(t, d, testID, "/a", update(1))
	if err := os.WriteFile(d.vaultFile(testID)+".new", []byte("half"), 0o600); err != nil {
		t.Fatal(err)
	}
	save(t, d, testID, "/a", update(2))
	if m := mustLoad(t, d, testID, "/a"); m.Here != point(2) {
		t.Errorf("%+v", m)
	}
}
