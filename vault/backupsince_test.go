package vault_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/tacit-vault/tacit/vault"
)

// TestBackupSince restores a full backup and what came since, in which secrets
// were changed, purged and deleted, slots changed, and history trimmed.
func TestBackupSince(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	_, lock := newKey(t, false)
	f.with(func(v *vault.Vault) {
		if _, err := v.Apply(t.Context(), manyChanges(100, "canary old"), nil); err != nil {
			t.Fatal(err)
		}
		set(t, v, "PURGED", "canary purged")
		for n := range 10 {
			set(t, v, "TRIMMED", fmt.Sprint("canary", n))
		}
		if _, err := v.AddSlot(t.Context(), vault.NewSlot{Label: "old", Lock: lock}); err != nil {
			t.Fatal(err)
		}
	})
	full := f.backup()
	f.with(func(v *vault.Vault) {
		set(t, v, "N000001", "new")
		set(t, v, "NEW", "new")
		for n := range 4 {
			set(t, v, "TRIMMED", fmt.Sprint("new", n))
		}
		if _, err := v.Delete(t.Context(), "PURGED", vault.DeleteOptions{Purge: true}); err != nil {
			t.Fatal(err)
		}
		if _, err := v.RemoveSlot(t.Context(), "old"); err != nil {
			t.Fatal(err)
		}
	})
	one, same := f.backup(full), f.backup()
	f.with(func(v *vault.Vault) { set(t, v, "NEW", "newer") })
	two := f.backup(one)
	nothing := f.backup(two)
	if len(one) > len(full)/3 || len(two) > len(one) {
		t.Errorf("%d, %d, %d bytes", len(full), len(one), len(two))
	}
	g := f.elsewhere("other")
	g.restore(vault.RestoreOptions{}, full, one, two, nothing)
	sameVaults(t, f, g)
	if onDisk(t, g.dir, oldRecord(t, full, "PURGED")) {
		t.Error("a purged record lies in the restored vault's files")
	}

	other := f.elsewhere("third")
	for name, files := range map[string][][]byte{
		"without the full one": {one}, "in another order": {full, two, one}, "one left out": {full, two}, "twice": {full, one, one},
		"two full ones": {full, full}, "after a full one of the same commit": {same, two},
	} {
		if err := other.tryRestore(vault.RestoreOptions{}, files...); vault.CodeOf(err) != vault.Conflict {
			t.Errorf("%s: %v", name, err)
		}
	}
	g.restore(vault.RestoreOptions{Replace: true}, full, one, two)
	if _, err := os.Stat(other.dir); err == nil {
		t.Error("something was made")
	}
}

// oldRecord is a record as it stands in a backup.
func oldRecord(t *testing.T, file []byte, name string) []byte {
	t.Helper()
	i := bytes.Index(file, []byte("-> tacit v1 "+name+" "))
	if i < 0 {
		t.Fatal("no record of " + name)
	}
	return file[i : i+200]
}

// onDisk looks for bytes in the files of a vault.
func onDisk(t *testing.T, dir string, b []byte) (found bool) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		file, err := os.ReadFile(path)
		found = found || bytes.Contains(file, b)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// TestBackupSinceRefuses: what is left out must be in the other backup.
func TestBackupSinceRefuses(t *testing.T) {
	t.Parallel()
	f, other := newFixture(t), newFixture(t)
	since := func(f *fixture, file []byte) error {
		base, err := vault.ReadBase(sources(file)[0])
		if err != nil {
			return err
		}
		v := f.open(readOnly)
		defer v.Close()
		_, err = v.Backup(t.Context(), &bytes.Buffer{}, vault.BackupOptions{Since: base})
		return err
	}
	first := f.backup()
	wantCode(t, since(f, other.backup()), vault.Conflict)
	f.with(func(v *vault.Vault) { set(t, v, "A", "a") })
	second := f.backup()
	forged := slices.Clone(second)
	forged[len(forged)-1] ^= 1
	wantCode(t, since(f, forged), vault.Forged)
	wantCode(t, since(f, second[:len(second)-1]), vault.Corrupt)

	g := f.elsewhere("other")
	g.restore(vault.RestoreOptions{}, first)
	wantCode(t, since(g, second), vault.Conflict) // of another history
	f.with(func(v *vault.Vault) { rotate(t, v, vault.RotateOptions{}) })
	wantCode(t, since(f, second), vault.Conflict)
}
