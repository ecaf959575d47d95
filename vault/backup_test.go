package vault_test

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/tacit-vault/tacit/crypto"
	"github.com/tacit-vault/tacit/store"
	"github.com/tacit-vault/tacit/vault"
	"github.com/tacit-vault/tacit/vault/anchor"
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
	f := newFixture(t)
	g := f.elsewhere("other")
	g.restore(vault.RestoreOptions{}, f.backup())
	sameVaults(t, f, g)
}

// TestBackupDamaged: a damaged vault makes no backup.
func TestBackupDamaged(t *testing.T) {
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

// TestBackupSince restores a full backup and what came since, in which secrets
// were changed, purged and deleted, slots changed, and history trimmed.
func TestBackupSince(t *testing.T) {
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
	one := f.backup(full)
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
		"two full ones": {full, full},
	} {
		if err := other.tryRestore(vault.RestoreOptions{}, files...); vault.CodeOf(err) != vault.Conflict {
			t.Errorf("%s: %v", name, err)
		}
	}
	// Another backup of the same commit, with a trailer of its own.
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

// TestRestoreLeaps: what a restore discards cannot come back, and this machine
// says so.
func TestRestoreLeaps(t *testing.T) {
	f := newFixture(t)
	f.with(func(v *vault.Vault) { set(t, v, "A", "old") })
	file := f.backup()
	f.with(func(v *vault.Vault) {
		for range 5 {
			set(t, v, "A", "discarded")
		}
	})
	discarded := filepath.Join(t.TempDir(), "discarded")
	copyDir(t, f.dir, discarded)

	wantCode(t, f.tryRestore(vault.RestoreOptions{}, file), vault.Exists)
	var plan vault.RestorePlan
	refused := fmt.Errorf("no")
	err := f.tryRestore(vault.RestoreOptions{Replace: true, Confirm: func(p vault.RestorePlan) error { plan = p; return refused }}, file)
	if err != refused || plan.Discards() != 5 || !plan.Replaces || plan.There == nil || plan.There.Seq != 7 || !plan.Known {
		t.Errorf("%v, %+v", err, plan)
	}
	f.alone()
	f.with(func(v *vault.Vault) {
		if get(t, v, "A") != "discarded" {
			t.Error("not what was there")
		}
	}, readOnly)

	f.restore(vault.RestoreOptions{Replace: true}, file)
	f.with(func(v *vault.Vault) {
		if get(t, v, "A") != "old" || v.Status().Seq != 8 {
			t.Errorf("at commit %d", v.Status().Seq)
		}
		verifies(t, v)
	}, readOnly)
	copyDir(t, discarded, f.dir)
	f.attacked("A", vault.RolledBack)
	// Not by growing past it either.
	elsewhere := f.machine("other")
	elsewhere.with(func(v *vault.Vault) { set(t, v, "A", "again"); set(t, v, "A", "again") })
	f.attacked("A", vault.Forked)
}

// TestRestoreRotated restores a backup from before a rotation: both pins are
// shown, and the slots that come back.
func TestRestoreRotated(t *testing.T) {
	f := newFixture(t)
	_, lock := newKey(t, false)
	f.with(func(v *vault.Vault) {
		set(t, v, "A", "old")
		if _, err := v.AddSlot(t.Context(), vault.NewSlot{Label: "leaver", Lock: lock}); err != nil {
			t.Fatal(err)
		}
	})
	file := f.backup()
	var before, after string
	f.with(func(v *vault.Vault) {
		before = v.Status().Pin
		rotate(t, v, vault.RotateOptions{Drop: []string{"leaver"}})
		after = v.Status().Pin
	})
	since := f.backup()
	var plan vault.RestorePlan
	f.restore(vault.RestoreOptions{Replace: true, Confirm: func(p vault.RestorePlan) error { plan = p; return nil }}, file)
	if plan.Pin != after || plan.Backup.Pin != before || len(plan.Returning) != 2 || plan.Returning[1].Label != "leaver" {
		t.Errorf("%+v", plan)
	}
	f.with(func(v *vault.Vault) {
		if get(t, v, "A") != "old" || v.Status().Pin != before {
			t.Error("not the vault before the rotation")
		}
		verifies(t, v)
	})
	// And back: the backup carries the link.
	f.restore(vault.RestoreOptions{Replace: true}, since)
	f.with(func(v *vault.Vault) { verifies(t, v) })
	g := f.machine("follows")
	g.dir = filepath.Join(t.TempDir(), "follows")
	g.restore(vault.RestoreOptions{}, since)
	if links := g.keys("l/"); !slices.ContainsFunc(links, func(k string) bool { return strings.HasSuffix(k, "/link") }) {
		t.Errorf("no link in %v", links)
	}
}

// TestRestoreDamaged puts a backup in the place of a vault that cannot be opened
// any more, and not of one that is in use.
func TestRestoreDamaged(t *testing.T) {
	long(t)
	f := attackFixture(t)
	file := f.backup()
	f.with(func(*vault.Vault) {
		wantCode(t, f.tryRestore(vault.RestoreOptions{Replace: true}, file), vault.Busy)
	}, func(o *vault.Options) { o.Wait = 0 })
	manifest := filepath.Join(f.dir, "db", "MANIFEST")
	if err := os.Remove(manifest); err != nil {
		t.Fatal(err)
	}
	var plan vault.RestorePlan
	f.restore(vault.RestoreOptions{Replace: true, Confirm: func(p vault.RestorePlan) error { plan = p; return nil }}, file)
	if !plan.Replaces || plan.There != nil {
		t.Errorf("%+v", plan)
	}
	f.with(func(v *vault.Vault) {
		if get(t, v, "A") != "canary new" {
			t.Error("not what was in it")
		}
		verifies(t, v)
	})
}

// TestRestoreSettles clears away what a restore that was killed has left.
func TestRestoreSettles(t *testing.T) {
	f := attackFixture(t)
	file := f.backup()
	parent, base := filepath.Split(f.dir)
	for _, suffix := range []string{".tacit-restoring", ".tacit-replaced"} {
		if err := os.MkdirAll(filepath.Join(parent, "."+base+suffix, "db"), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	wantCode(t, f.tryRestore(vault.RestoreOptions{}, file), vault.Exists)
	f.alone()
	// Killed between the two renames, where folders cannot be exchanged.
	if err := os.Rename(f.dir, filepath.Join(parent, "."+base+".tacit-replaced")); err != nil {
		t.Fatal(err)
	}
	wantCode(t, f.tryRestore(vault.RestoreOptions{}, file), vault.Exists)
	f.with(func(v *vault.Vault) { verifies(t, v) })
	f.restore(vault.RestoreOptions{Replace: true}, file)
}

// TestRestoreEnds: a context that ends, and an output that fails, end it.
func TestRestoreEnds(t *testing.T) {
	f := attackFixture(t)
	file := f.backup()
	g := f.elsewhere("other")
	b, err := vault.OpenBackup(sources(file), g.options())
	if err != nil {
		t.Fatal(err)
	}
	wantCode(t, func() error { _, err := b.Restore(t.Context(), g.dir, vault.RestoreOptions{}); return err }(), vault.Locked)
	if err := b.Unlock(t.Context(), f.key); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := b.Restore(ctx, g.dir, vault.RestoreOptions{}); err == nil || vault.CodeOf(err) != "" {
		t.Errorf("%v", err)
	}
	if _, err := os.Stat(g.dir); err == nil {
		t.Error("something was made")
	}
	g.alone()
	stranger, _ := newKey(t, false)
	wantCode(t, func() error {
		b, err := vault.OpenBackup(sources(file), g.options())
		if err != nil {
			return err
		}
		return b.Unlock(t.Context(), stranger)
	}(), vault.WrongKey)
}

// TestRestoreStopped: where a restore is stopped after this machine was told what
// comes, neither the vault that was there nor the one that comes is an alarm; and
// the first of them that is opened is the only one from then on.
func TestRestoreStopped(t *testing.T) {
	long(t)
	for _, c := range []struct {
		name    string
		prepare func(*fixture) (file []byte)
		alarm   vault.Code // of the new vault, where nothing announced it
		back    vault.Code // of the old one, once the new one was seen
	}{
		{"over itself", func(f *fixture) []byte {
			file := f.backup()
			f.with(func(v *vault.Vault) { set(t, v, "A", "discarded") })
			return file
		}, vault.Forked, vault.RolledBack},
		{"from before a rotation", func(f *fixture) []byte {
			file := f.backup()
			f.with(func(v *vault.Vault) { rotate(t, v, vault.RotateOptions{}) })
			return file
		}, vault.Substituted, vault.Substituted},
		{"over another vault", func(f *fixture) []byte {
			g := newFixture(t)
			f.key = g.key
			return g.backup()
		}, vault.Substituted, vault.Substituted},
		{"to another place", func(f *fixture) []byte {
			file := f.backup()
			f.with(func(v *vault.Vault) { set(t, v, "A", "kept where it is") })
			f.dir = filepath.Join(t.TempDir(), "another")
			return file
		}, vault.Untrusted, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := attackFixture(t)
			file := c.prepare(f)
			saved := t.TempDir()
			before, after, memory := filepath.Join(saved, "before"), filepath.Join(saved, "after"), filepath.Join(saved, "memory")
			if _, err := os.Stat(f.dir); err == nil {
				copyDir(t, f.dir, before)
			}
			copyDir(t, f.state, memory)
			f.restore(vault.RestoreOptions{Replace: true}, file)
			copyDir(t, f.dir, after)
			announce := f.announces()
			opens := func(dir string) error {
				copyDir(t, dir, f.dir)
				v, err := f.tryOpen(locked)
				if err == nil {
					v.Close()
				}
				return err
			}
			fine := func(err error) {
				t.Helper()
				if err != nil {
					t.Fatal(err)
				}
			}
			copyDir(t, memory, f.state)
			wantCode(t, opens(after), c.alarm)
			if c.back != "" {
				announce()
				fine(opens(before))
				wantCode(t, opens(after), c.alarm)
			}
			announce()
			fine(opens(after))
			fine(opens(after))
			if c.back != "" {
				wantCode(t, opens(before), c.back)
				fine(opens(after))
			}
			f.with(func(v *vault.Vault) { verifies(t, v) })
			if c.alarm == vault.Forked {
				copyDir(t, before, f.dir)
				g := f.machine("other")
				g.with(func(v *vault.Vault) { set(t, v, "A", "again"); set(t, v, "A", "again") })
				f.attacked("A", vault.Forked) // nor by growing past it
			}
		})
	}
}

// announces returns what announces the vault that is in the folder now.
func (f *fixture) announces() func() {
	f.t.Helper()
	var st vault.Status
	f.with(func(v *vault.Vault) { st = v.Status() }, locked)
	id, err := crypto.ParseID(st.ID)
	if err != nil {
		f.t.Fatal(err)
	}
	memory, err := anchor.At(f.state)
	if err != nil {
		f.t.Fatal(err)
	}
	m, err := memory.Load(id, st.Path)
	if err != nil || m.Here.Seq != st.Seq {
		f.t.Fatalf("%+v, %v", m, err)
	}
	return func() {
		f.t.Helper()
		if err := memory.Announce(st.Path, anchor.Announced{Vault: id, Pin: m.Pin, Point: m.Here}); err != nil {
			f.t.Fatal(err)
		}
	}
}
