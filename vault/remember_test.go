package vault_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/tacit-vault/tacit/vault"
)

// blockMemory makes it impossible to write down the next commit, whoever the user
// is: folders stand where its files would.
func (f *fixture) blockMemory() (free func()) {
	f.t.Helper()
	paths, err := filepath.Glob(filepath.Join(f.state, "paths", "*"))
	if err != nil || len(paths) == 0 {
		f.t.Fatal(paths, err)
	}
	for _, path := range paths {
		if err := os.MkdirAll(filepath.Join(path+".next", "x"), 0o700); err != nil {
			f.t.Fatal(err)
		}
	}
	return func() {
		for _, path := range paths {
			os.RemoveAll(path + ".next")
		}
	}
}

// TestNothingUnremembered: where this machine knows the vault and cannot write
// down what it is about to become, nothing is committed, by whichever way.
func TestNothingUnremembered(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	ways := map[string]func(*vault.Vault) error{
		"set":    func(v *vault.Vault) error { _, err := v.Set(ctx, "A", vault.Text("2")); return err },
		"delete": func(v *vault.Vault) error { _, err := v.Delete(ctx, "A", vault.DeleteOptions{}); return err },
		"batch":  func(v *vault.Vault) error { _, err := v.Apply(ctx, manyChanges(9_000, "x"), nil); return err },
		"policy": func(v *vault.Vault) error { return v.SetPolicy(ctx, vault.Policy{MaxValue: 10, History: 1}) },
		"slots": func(v *vault.Vault) error {
			_, lock := newKey(t, false)
			_, err := v.AddSlot(ctx, vault.NewSlot{Label: "more", Lock: lock})
			return err
		},
		"rotate": func(v *vault.Vault) error { _, err := v.Rotate(ctx, vault.RotateOptions{}); return err },
	}
	for name, change := range ways {
		t.Run(name, func(t *testing.T) {
			if name == "batch" {
				long(t)
			}
			f := newFixture(t)
			f.with(func(v *vault.Vault) { set(t, v, "A", "1") })
			v := f.open()
			before := v.Status()
			free := f.blockMemory()
			err := change(v)
			wantCode(t, err, vault.ReadOnly)
			if err != nil && (!strings.Contains(err.Error(), f.state) || !strings.Contains(err.Error(), "nothing was written")) {
				t.Error(err)
			}
			if after := v.Status(); after.Seq != before.Seq || after.Pin != before.Pin || len(after.Slots) != len(before.Slots) {
				t.Errorf("commit %d after %d", after.Seq, before.Seq)
			}
			if got := get(t, v, "A"); got != "1" {
				t.Error(got)
			}
			v.Close()
			f.with(func(v *vault.Vault) {
				if st := v.Status(); st.Seq != before.Seq {
					t.Errorf("opened again: commit %d after %d", st.Seq, before.Seq)
				}
				verifies(t, v)
			}, readOnly)
			free()
			f.with(func(v *vault.Vault) {
				if err := change(v); err != nil {
					t.Error(err)
				}
				verifies(t, v)
			})
		})
	}
}

// TestWarnedWithoutMemory: where nothing is known and no place for it either, a
// write is made and the user is told.
func TestWarnedWithoutMemory(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.state = filepath.Join(t.TempDir(), "file", "state")
	if err := os.WriteFile(filepath.Dir(f.state), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	var warned []string
	v, err := f.tryOpen(func(o *vault.Options) { o.Warn = func(err error) { warned = append(warned, err.Error()) } })
	if runtime.GOOS != "windows" && err != nil {
		t.Skip(err) // a path through a file is an error there, and not nothing
	}
	defer v.Close()
	set(t, v, "A", "1")
	if len(warned) == 0 || !strings.Contains(strings.Join(warned, " "), "could not remember") {
		t.Error(warned)
	}
}

// TestStoppedBeforeItWasTaken: the vault is at the commit that was written ahead,
// and nobody said that it was made.
func TestStoppedBeforeItWasTaken(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.with(func(v *vault.Vault) { set(t, v, "A", "1") })
	old := filepath.Join(t.TempDir(), "old")
	if err := os.CopyFS(old, os.DirFS(f.dir)); err != nil {
		t.Fatal(err)
	}
	paths, _ := filepath.Glob(filepath.Join(f.state, "paths", "*"))
	before, err := os.ReadFile(paths[0])
	if err != nil {
		t.Fatal(err)
	}
	f.with(func(v *vault.Vault) { set(t, v, "A", "2") })
	// As it was before the rename.
	if err := errors.Join(os.Rename(paths[0], paths[0]+".next"), os.WriteFile(paths[0], before, 0o600)); err != nil {
		t.Fatal(err)
	}
	f.with(func(v *vault.Vault) { // it is accepted, and remembered
		if got := get(t, v, "A"); got != "2" {
			t.Error(got)
		}
	}, readOnly)
	f.replace(old)
	_, err = f.tryOpen(readOnly)
	wantCode(t, err, vault.RolledBack)
}

// replace puts a copy of the vault in its place.
func (f *fixture) replace(copy string) {
	f.t.Helper()
	if err := errors.Join(os.RemoveAll(f.dir), os.CopyFS(f.dir, os.DirFS(copy))); err != nil {
		f.t.Fatal(err)
	}
	f.modes(f.dir)
}

// modes makes a copy of a vault as private as the vault.
func (f *fixture) modes(dir string) {
	f.t.Helper()
	err := filepath.Walk(dir, func(name string, info os.FileInfo, err error) error {
		if err != nil {
			return err
		}
		if info.IsDir() {
			return os.Chmod(name, 0o700)
		}
		return os.Chmod(name, 0o600)
	})
	if err != nil {
		f.t.Fatal(err)
	}
}

// TestForkedUnderTheHandle: the folder was moved away from under an open vault,
// and another copy of it was written to in its place.
func TestForkedUnderTheHandle(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.with(func(v *vault.Vault) { set(t, v, "A", "1") })
	copied := filepath.Join(t.TempDir(), "copy")
	if err := os.CopyFS(copied, os.DirFS(f.dir)); err != nil {
		t.Fatal(err)
	}
	v := f.open()
	if err := os.Rename(f.dir, f.dir+".moved"); err != nil {
		t.Skip(err)
	}
	if err := os.CopyFS(f.dir, os.DirFS(copied)); err != nil {
		t.Fatal(err)
	}
	f.modes(f.dir)
	f.with(func(v *vault.Vault) { set(t, v, "A", "2") })
	before := v.Status().Seq
	_, err := v.Set(t.Context(), "A", vault.Text("3"))
	wantCode(t, err, vault.Forked)
	if v.Status().Seq != before {
		t.Error("committed")
	}
	f.with(func(v *vault.Vault) {
		if got := get(t, v, "A"); got != "2" {
			t.Error(got)
		}
	}, readOnly)
}

// TestBackAtAnOldPlace: the vault was moved, written, and is back in the state of
// before. Where both places are still there, the older one is only read.
func TestBackAtAnOldPlace(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.with(func(v *vault.Vault) { set(t, v, "A", "1") })
	old := filepath.Join(t.TempDir(), "old")
	if err := os.CopyFS(old, os.DirFS(f.dir)); err != nil {
		t.Fatal(err)
	}
	a, b := f.dir, filepath.Join(t.TempDir(), "b")
	if err := os.Rename(a, b); err != nil {
		t.Fatal(err)
	}
	f.dir = b
	f.with(func(v *vault.Vault) { set(t, v, "A", "2") })
	f.dir = a
	f.replace(old)
	_, err := f.tryOpen(readOnly)
	wantCode(t, err, vault.Untrusted) // the folder was gone: it is a new place
	if _, err := f.tryOpen(); !errors.Is(err, vault.Untrusted) {
		t.Error(err)
	}
}

func TestOlderCopyIsOnlyRead(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.with(func(v *vault.Vault) { set(t, v, "A", "1") })
	a, b := f.dir, filepath.Join(t.TempDir(), "b")
	if err := os.CopyFS(b, os.DirFS(a)); err != nil {
		t.Fatal(err)
	}
	f.modes(b)
	f.dir = b
	f.with(func(v *vault.Vault) { set(t, v, "A", "2") })
	f.dir = a
	for range 2 { // each open says so
		var warned []error
		v, err := f.tryOpen(func(o *vault.Options) { o.Warn = func(err error) { warned = append(warned, err) } })
		if err != nil {
			t.Fatal(err)
		}
		if got := get(t, v, "A"); got != "1" {
			t.Error(got)
		}
		if len(warned) != 1 || vault.CodeOf(warned[0]) != vault.RolledBack || !strings.Contains(warned[0].Error(), b) {
			t.Error(warned)
		}
		st := v.Status()
		if st.Newer == nil || st.Newer.Path != b || st.Newer.Seq != st.Seq+1 {
			t.Errorf("%+v", st.Newer)
		}
		_, err = v.Set(t.Context(), "A", vault.Text("3"))
		wantCode(t, err, vault.RolledBack)
		report, err := v.Verify(t.Context(), vault.VerifyOptions{})
		if err != nil || len(report.Findings) != 1 || report.Findings[0].Code != vault.RolledBack {
			t.Errorf("%+v, %v", report.Findings, err)
		}
		v.Close()
	}
	if _, err := vault.Trust(t.Context(), a, vault.TrustOptions{Options: f.options()}); err != nil {
		t.Fatal(err)
	}
	f.with(func(v *vault.Vault) { set(t, v, "A", "3"); set(t, v, "A", "4"); verifies(t, v) })
	f.with(func(v *vault.Vault) { set(t, v, "A", "5"); verifies(t, v) })
	f.dir = b // which is the older one now
	f.with(func(v *vault.Vault) {
		_, err := v.Set(t.Context(), "A", vault.Text("6"))
		wantCode(t, err, vault.RolledBack)
	})
}

// TestPinAloneIsNoSeq: what the user expects without a number says nothing of how
// new the vault is.
func TestPinAloneIsNoSeq(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.with(func(v *vault.Vault) { set(t, v, "A", "1") })
	var pin string
	old := filepath.Join(t.TempDir(), "old")
	if err := os.CopyFS(old, os.DirFS(f.dir)); err != nil {
		t.Fatal(err)
	}
	f.modes(old)
	f.with(func(v *vault.Vault) { set(t, v, "A", "2"); pin = v.Status().Pin })
	f.dir = old
	expect := func(s string) func(*vault.Options) {
		return func(o *vault.Options) { o.Expect, o.Write = s, false }
	}
	_, err := f.tryOpen(expect(pin))
	wantCode(t, err, vault.Untrusted)
	_, err = f.tryOpen(expect(pin + ":3"))
	wantCode(t, err, vault.RolledBack)
	f.with(func(v *vault.Vault) {}, expect(pin+":2"))
}

// TestCreateUnremembered: where this machine knows another vault, a new one is
// made only if that can be forgotten.
func TestCreateUnremembered(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	if err := os.RemoveAll(f.dir); err != nil {
		t.Fatal(err)
	}
	vaults := filepath.Join(f.state, "vaults")
	// A vault that is known there, and gone, would be in the way.
	paths := filepath.Join(f.state, "paths")
	if err := errors.Join(os.RemoveAll(paths), os.RemoveAll(vaults), os.WriteFile(vaults, nil, 0o600)); err != nil {
		t.Fatal(err)
	}
	o := vault.CreateOptions{State: f.state, Now: f.clock, Slots: []vault.NewSlot{{Label: "identity", Lock: f.lock}}}
	_, err := vault.Create(t.Context(), f.dir, o)
	wantCode(t, err, vault.ReadOnly)
	if _, err := os.Lstat(f.dir); !errors.Is(err, os.ErrNotExist) {
		t.Error("something was made")
	}
	if err := os.Remove(vaults); err != nil {
		t.Fatal(err)
	}
	v, err := vault.Create(t.Context(), f.dir, o)
	if err != nil {
		t.Fatal(err)
	}
	v.Close()
	f.with(func(*vault.Vault) {})
}
