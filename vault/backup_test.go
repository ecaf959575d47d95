package vault_test

import (
	"bytes"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tacit-vault/tacit/store"
	"github.com/tacit-vault/tacit/vault"
)

// backup writes a backup of the fixture's vault.
func (f *fixture) backup(since ...[]byte) []byte {
	f.t.Helper()
	var file bytes.Buffer
	f.with(func(v *vault.Vault) {
		var o vault.BackupOptions
		for _, b := range since {
			base, err := vault.ReadBase(vault.BackupSource{Name: "base", Reader: bytes.NewReader(b)})
			if err != nil {
				f.t.Fatal(err)
			}
			o.Since = base
		}
		r, err := v.Backup(f.t.Context(), &file, o)
		if err != nil {
			f.t.Fatal(err)
		}
		if r.Bytes != int64(file.Len()) || r.Seq != v.Status().Seq {
			f.t.Errorf("%+v of %d bytes at commit %d", r, file.Len(), v.Status().Seq)
		}
	}, readOnly)
	return file.Bytes()
}

// sources names files for OpenBackup.
func sources(files ...[]byte) (list []vault.BackupSource) {
	for i, b := range files {
		list = append(list, vault.BackupSource{Name: fmt.Sprintf("file%d.bak", i+1), Reader: bytes.NewReader(b)})
	}
	return list
}

// tryRestore restores to f.dir on the fixture's machine.
func (f *fixture) tryRestore(o vault.RestoreOptions, files ...[]byte) error {
	b, err := vault.OpenBackup(sources(files...), f.options())
	if err == nil {
		defer b.Close()
		err = b.Unlock(f.t.Context(), f.key)
	}
	if err == nil {
		_, err = b.Restore(f.t.Context(), f.dir, o)
	}
	return err
}

func (f *fixture) restore(o vault.RestoreOptions, files ...[]byte) {
	f.t.Helper()
	if err := f.tryRestore(o, files...); err != nil {
		f.t.Fatal(err)
	}
	f.alone()
}

// alone asks that nothing lies beside the vault.
func (f *fixture) alone() {
	f.t.Helper()
	entries, err := os.ReadDir(filepath.Dir(f.dir))
	if err != nil {
		f.t.Fatal(err)
	}
	for _, e := range entries {
		if strings.Contains(e.Name(), "tacit-") {
			f.t.Errorf("%s was left", e.Name())
		}
	}
}

// prove checks a backup, with the fixture's key or without.
func (f *fixture) prove(keyless bool, files ...[]byte) (vault.CheckReport, error) {
	b, err := vault.OpenBackup(sources(files...), f.options())
	if err != nil {
		return vault.CheckReport{}, err
	}
	defer b.Close()
	if !keyless {
		if err := b.Unlock(f.t.Context(), f.key); err != nil {
			return vault.CheckReport{}, err
		}
	}
	return b.Check(f.t.Context(), vault.CheckOptions{})
}

// elsewhere is the fixture's vault at a new path on another machine.
func (f *fixture) elsewhere(name string) *fixture {
	g := f.machine(name)
	g.dir = filepath.Join(f.t.TempDir(), name)
	return g
}

// TestBackup restores vaults of both suites elsewhere: everything is there, with
// its history, and nothing that was deleted comes back.
func TestBackup(t *testing.T) {
	t.Parallel()
	for _, pq := range []bool{false, true} {
		t.Run(fmt.Sprintf("pq=%v", pq), func(t *testing.T) {
			f := newFixture(t, func(o *vault.CreateOptions) { o.PostQuantum = pq })
			f.with(func(v *vault.Vault) {
				for n := range 14 { // more than history keeps
					set(t, v, "A", fmt.Sprint("canary", n))
				}
				if _, err := v.Apply(t.Context(), manyChanges(300, "many"), nil); err != nil {
					t.Fatal(err)
				}
				if _, err := v.Set(t.Context(), "LARGE", vault.Bytes(bytes.Repeat([]byte{1, 2}, 3700))); err != nil {
					t.Fatal(err)
				}
				set(t, v, "GONE", "canary gone")
				if _, err := v.Delete(t.Context(), "GONE", vault.DeleteOptions{}); err != nil {
					t.Fatal(err)
				}
			})
			file := f.backup()
			if bytes.Contains(file, []byte("canary")) {
				t.Error("a value is in the backup")
			}
			if !bytes.Equal(f.backup(), file) {
				t.Error("two backups of one state differ")
			}
			g := f.elsewhere("other")
			g.restore(vault.RestoreOptions{}, file)
			sameVaults(t, f, g)
			for _, keyless := range []bool{true, false} {
				r, err := f.prove(keyless, file)
				if err != nil || r.Full == keyless || r.Names != 302 || r.Gone != 1 {
					t.Errorf("%+v, %v", r, err)
				}
			}
			g.with(func(v *vault.Vault) {
				set(t, v, "AFTER", "x")
				verifies(t, v)
			})
		})
	}
}

// sameVaults compares everything that two vaults hold but the commit that a
// restore makes.
func sameVaults(t *testing.T, f, g *fixture) {
	t.Helper()
	spaces := func(f *fixture) map[string]string {
		all := map[string]string{}
		f.raw(func(w store.Writer) error {
			for _, prefix := range []string{"i", "k/", "l/", "s/"} {
				for key, err := range w.Keys([]byte(prefix), nil) {
					if err != nil {
						return err
					}
					all[string(key)] = string(mustGet(t, w, key))
				}
			}
			return nil
		})
		return all
	}
	want, got := spaces(f), spaces(g)
	f.with(func(v *vault.Vault) {
		// The head that was, is the last entry of the log now.
		key := fmt.Sprintf("l/%010d", v.Status().Seq)
		if got[key] == "" {
			t.Errorf("no %s", key)
		}
		delete(got, key)
	}, readOnly)
	if !maps.Equal(want, got) {
		t.Errorf("%d entries, want %d", len(got), len(want))
	}
	g.with(func(v *vault.Vault) { verifies(t, v) }, readOnly)
}

// TestBackupEmpty: a vault without secrets can be backed up, too.
func TestBackupEmpty(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	g := f.elsewhere("other")
	g.restore(vault.RestoreOptions{}, f.backup())
	sameVaults(t, f, g)
}

// TestBackupDamaged: a damaged vault makes no backup.
func TestBackupDamaged(t *testing.T) {
	t.Parallel()
	for name, damage := range map[string]func(*fixture){
		"record": func(f *fixture) {
			key := []byte(f.keys("s/A/")[0])
			f.raw(func(w store.Writer) error { return w.Delete(key) })
		},
		"log": func(f *fixture) {
			key := []byte(f.keys("l/")[1])
			f.raw(func(w store.Writer) error { return w.Delete(key) })
		},
		"node": func(f *fixture) {
			key := []byte(f.keys("i")[0])
			f.raw(func(w store.Writer) error { return w.Put(key, []byte{0, 1, 0, 0}) })
		},
	} {
		t.Run(name, func(t *testing.T) {
			f := attackFixture(t)
			damage(f)
			v := f.open(readOnly)
			_, err := v.Backup(t.Context(), &bytes.Buffer{}, vault.BackupOptions{})
			if !vault.CodeOf(err).Tampering() {
				t.Errorf("%v", err)
			}
		})
	}
}
