package vault_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/tacit-vault/tacit/vault"
)

// A disk that fills up while a backup is restored over a vault, at any moment of
// it: the vault that was there is there, or the one of the backup, whole;
// nothing lies beside it; and with room the restore goes through.
func TestFullDiskAndRestore(t *testing.T) {
	t.Parallel()
	long(t)
	f := newFixture(t)
	f.with(func(v *vault.Vault) {
		set(t, v, "KEPT", "in the backup")
		var changes []vault.Change
		for i := range 400 {
			changes = append(changes, vault.Change{Name: fmt.Sprint("N", i), Value: vault.Text(strings.Repeat("x", 9000))})
		}
		if _, err := v.Apply(t.Context(), changes, nil); err != nil {
			t.Fatal(err)
		}
	})
	file := f.backup()
	before := f.dir

	failed := map[bool]int{}
	for _, at := range []float64{-1, 0.1, 0.4, 0.6} {
		disk := smallDisk(t, 128)
		f := f.machine(fmt.Sprint("disk", at))
		f.dir = filepath.Join(disk, "vault")
		copyDir(t, before, f.dir)
		f.with(func(v *vault.Vault) { set(t, v, "KEPT", "later") })
		hog := filepath.Join(disk, "hog")
		filled := false
		fill := func(done, total int) {
			if !filled && float64(done) >= at*float64(total) {
				filled = true
				fillDisk(t, hog)
			}
		}
		if at < 0 {
			fill(0, 0)
		}
		err := f.tryRestore(vault.RestoreOptions{Replace: true, Progress: fill}, file)
		if !filled {
			t.Fatalf("at %v: the disk was never full", at)
		}
		want := "in the backup"
		if err != nil {
			wantCode(t, err, vault.NoSpace)
			failed[at > 0]++
			want = "later"
			if fi, err := os.Stat(filepath.Join(f.dir, "ballast")); err != nil || fi.Size() < 8<<20 {
				t.Errorf("at %v: the vault that stays has lost its ballast: %v, %v", at, err, fi)
			}
		}
		f.alone()
		f.with(func(v *vault.Vault) {
			if got := get(t, v, "KEPT"); got != want {
				t.Errorf("at %v: %q, want %q", at, got, want)
			}
			verifies(t, v)
		}, readOnly)
		if err := os.Remove(hog); err != nil {
			t.Fatal(err)
		}
		f.restore(vault.RestoreOptions{Replace: true}, file)
		f.with(func(v *vault.Vault) {
			if got := get(t, v, "KEPT"); got != "in the backup" {
				t.Errorf("at %v, with room: %q", at, got)
			}
			set(t, v, "NEW", "x")
		})
	}
	t.Logf("%d restores failed before and %d in the middle", failed[false], failed[true])
	if failed[false] == 0 || failed[true] == 0 {
		t.Errorf("%d restores failed before and %d in the middle: the disk was too large", failed[false], failed[true])
	}
}

// On a disk that is mounted for reading nothing lies beside a vault that would
// have to be removed, and a restore says what is in its way.
func TestReadOnlyDiskAndRestore(t *testing.T) {
	t.Parallel()
	disk := smallDisk(t, 64)
	f := newFixture(t)
	file := f.backup()
	there := filepath.Join(disk, "vault")
	copyDir(t, f.dir, there)
	if err := syscall.Mount("", disk, "", syscall.MS_REMOUNT|syscall.MS_RDONLY, ""); err != nil {
		t.Skipf("it cannot be mounted for reading: %v", err)
	}
	f = f.machine("another")
	f.dir = there
	wantCode(t, f.tryRestore(vault.RestoreOptions{}, file), vault.Exists)
	f.dir = filepath.Join(disk, "new")
	wantCode(t, f.tryRestore(vault.RestoreOptions{}, file), vault.ReadOnly)
}
