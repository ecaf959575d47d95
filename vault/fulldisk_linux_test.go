package vault_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/tacit-vault/tacit/vault"
)

// smallDisk mounts a disk of so many MiB, where the tests may.
func smallDisk(t *testing.T, size int) string {
	t.Helper()
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, fmt.Sprintf("size=%dm,mode=700", size)); err != nil {
		t.Skipf("a small disk cannot be mounted: %v", err)
	}
	t.Cleanup(func() { syscall.Unmount(dir, syscall.MNT_DETACH) })
	return dir
}

// On a disk that fills up nothing is lost: an import that does not fit changes
// nothing, everything can be read, secrets can be deleted, and once there is
// room the vault takes values again.
func TestFullDisk(t *testing.T) {
	t.Parallel()
	long(t)
	disk := smallDisk(t, 64)
	f := newFixture(t)
	moved := filepath.Join(disk, "vault")
	copyDir(t, f.dir, moved)
	f.dir = moved
	f.with(func(v *vault.Vault) { set(t, v, "KEPT", "kept") })

	// Import until the disk is full.
	full := 0
	for i := range 40 {
		v, err := f.tryOpen()
		if err == nil {
			var changes []vault.Change
			for j := range 300 {
				changes = append(changes, vault.Change{Name: fmt.Sprintf("I%d_%d", i, j), Value: vault.Text(strings.Repeat("x", 9000))})
			}
			_, err = v.Apply(t.Context(), changes, nil)
			err = errors.Join(err, v.Close())
		}
		if err != nil {
			wantCode(t, err, vault.NoSpace)
			full = i
			break
		}
	}
	if full == 0 {
		t.Fatal("the disk was never full")
	}
	// The rest of the disk goes to somebody else.
	hog := filepath.Join(disk, "hog")
	fillDisk(t, hog)

	f.with(func(v *vault.Vault) {
		if st := v.Status(); st.Names != 1+300*full {
			t.Errorf("%d secrets, want %d", st.Names, 1+300*full)
		}
		if get(t, v, "KEPT") != "kept" {
			t.Error("a value is lost")
		}
		verifies(t, v)
	}, readOnly)
	f.with(func(v *vault.Vault) {
		_, err := v.Set(t.Context(), "NEW", vault.Text("x"))
		wantCode(t, err, vault.NoSpace)
		if _, err := v.Delete(t.Context(), "I0_0", vault.DeleteOptions{}); err != nil {
			t.Errorf("deleting on a full disk: %v", err)
		}
	})
	if err := os.Remove(hog); err != nil {
		t.Fatal(err)
	}
	f.with(func(v *vault.Vault) {
		set(t, v, "KEPT", "written again")
		_, err := v.Read(t.Context(), "I0_0")
		wantCode(t, err, vault.NotFound)
		verifies(t, v)
	})
}

// fillDisk writes to path until nothing more fits.
func fillDisk(t *testing.T, path string) {
	t.Helper()
	out, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	for block := make([]byte, 1<<20); len(block) > 0; block = block[:len(block)/2] {
		for err = nil; err == nil; {
			_, err = out.Write(block)
		}
	}
}

// shrink frees so many bytes of the file that fills the disk.
func shrink(t *testing.T, path string, by int64) {
	t.Helper()
	info, err := os.Stat(path)
	if err == nil {
		err = os.Truncate(path, max(0, info.Size()-by))
	}
	if err != nil {
		t.Fatal(err)
	}
}
