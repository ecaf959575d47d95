package vault_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/tacit-vault/tacit/vault"
	"github.com/tacit-vault/tacit/vault/anchor"
)

// TestRestoreLeaps: what a restore discards cannot come back, and this machine
// says so.
func TestRestoreLeaps(t *testing.T) {
	t.Parallel()
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
	t.Parallel()
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
	t.Parallel()
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
	t.Parallel()
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
	t.Parallel()
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
	t.Parallel()
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
	dir, st, m := f.memory()
	if m.Here.Seq != st.Seq {
		f.t.Fatalf("%+v", m)
	}
	return func() {
		f.t.Helper()
		if err := dir.Announce(st.Path, anchor.Announced{Vault: f.parsedID(st), Pin: m.Pin, Point: m.Here}); err != nil {
			f.t.Fatal(err)
		}
	}
}
