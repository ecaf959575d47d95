package vault_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/tacit-vault/tacit/vault"
)

// On a disk that keeps no modes, as FAT does, init says so and leaves nothing:
// no chmod could help. bindfs plays the disk.
func TestCreateWithoutModes(t *testing.T) {
	t.Parallel()
	bindfs, err := exec.LookPath("bindfs")
	if err != nil {
		t.Skip("bindfs is not installed: NOT tested")
	}
	disk, under := t.TempDir(), t.TempDir()
	if out, err := exec.Command(bindfs, "--chmod-deny", "--perms=0755", under, disk).CombinedOutput(); err != nil {
		t.Skipf("no right to mount: %v\n%s", err, out)
	}
	t.Cleanup(func() {
		if out, err := exec.Command("fusermount", "-u", "-z", disk).CombinedOutput(); err != nil {
			t.Errorf("%v\n%s", err, out)
		}
	})
	_, lock := newKey(t, false)
	o := vault.CreateOptions{Slots: []vault.NewSlot{{Label: "a", Lock: lock}}, State: t.TempDir()}
	_, err = vault.Create(t.Context(), filepath.Join(disk, "vault"), o)
	wantCode(t, err, vault.Unsafe)
	if entries, err := os.ReadDir(disk); err != nil || len(entries) > 0 {
		t.Errorf("left %v, %v", entries, err)
	}
	if err := os.Mkdir(filepath.Join(disk, "empty"), 0o700); err != nil {
		t.Fatal(err)
	}
	_, err = vault.Create(t.Context(), filepath.Join(disk, "empty"), o)
	wantCode(t, err, vault.Unsafe)
}
