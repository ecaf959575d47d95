package transporttest

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// Stick is a folder on a FAT file system of so many bytes, as a stick has one: without hard
// links, modes and case. It takes root, and a kernel that mounts FAT; without, the test is
// skipped. simple says that the program fusefat will do, where the kernel has none: there
// an open file does not outlive its deletion, and a folder cannot hold many files.
func Stick(t *testing.T, size int64, simple bool) (dir string) {
	t.Helper()
	if os.Getuid() != 0 {
		t.Skip("only root mounts file systems")
	}
	if _, err := exec.LookPath("mkfs.vfat"); err != nil {
		t.Skip(err)
	}
	image, dir := filepath.Join(t.TempDir(), "stick"), t.TempDir()
	if err := errors.Join(os.WriteFile(image, nil, 0o600), os.Truncate(image, size)); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("mkfs.vfat", image).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	out, err := exec.Command("mount", "-o", "loop", "-t", "vfat", image, dir).CombinedOutput()
	if err != nil && simple {
		var byFuse []byte
		byFuse, err = exec.Command("fusefat", "-o", "rw+", image, dir).CombinedOutput()
		out = append(out, byFuse...)
	}
	if err != nil {
		t.Skipf("NOT checked: no FAT is mounted here: %v: %s", err, out)
	}
	t.Cleanup(func() {
		if out, err := exec.Command("umount", "-l", dir).CombinedOutput(); err != nil {
			t.Errorf("%v: %s", err, out)
		}
	})
	if err := os.WriteFile(filepath.Join(dir, "probe"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Link(filepath.Join(dir, "probe"), filepath.Join(dir, "link")); err == nil {
		t.Fatal("it has hard links")
	}
	if err := os.Remove(filepath.Join(dir, "probe")); err != nil {
		t.Fatal(err)
	}
	return dir
}
