package vault_test

import (
	"os"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/tacit-vault/tacit/vault"
)

// The folder of a vault that is a mount point cannot be renamed: it is emptied,
// and takes a new vault.
func TestDestroyMountPoint(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	if err := unix.Mount(f.dir, f.dir, "", unix.MS_BIND, ""); err != nil {
		t.Skipf("no right to mount: %v", err)
	}
	t.Cleanup(func() {
		if err := unix.Unmount(f.dir, unix.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	if err := vault.Destroy(t.Context(), f.dir, f.options()); err != nil {
		t.Fatal(err)
	}
	if entries, err := os.ReadDir(f.dir); err != nil || len(entries) > 0 {
		t.Errorf("left %v, %v", entries, err)
	}
	o := vault.CreateOptions{Slots: []vault.NewSlot{{Label: "new", Lock: f.lock}}, State: f.state, Now: f.clock}
	v, err := vault.Create(t.Context(), f.dir, o)
	if err != nil {
		t.Fatalf("a new vault in its place: %v", err)
	}
	if err := v.Close(); err != nil {
		t.Fatal(err)
	}
}
