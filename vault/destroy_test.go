package vault_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/tacit-vault/tacit/vault"
)

// besideOf is where Destroy takes a vault to.
func besideOf(dir string) string {
	return filepath.Join(filepath.Dir(dir), "."+filepath.Base(dir)+".tacit-destroyed")
}

// A vault that can be destroyed is destroyed without a word.
func TestDestroyWarnsOfNothing(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.with(func(v *vault.Vault) { set(t, v, "KEY", "value") })
	o := f.options()
	o.Warn = func(err error) { t.Errorf("warning: %v", err) }
	if err := vault.Destroy(t.Context(), f.dir, o); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{f.dir, besideOf(f.dir)} {
		if _, err := os.Lstat(path); !os.IsNotExist(err) {
			t.Errorf("%s is still there: %v", path, err)
		}
	}
}

// A Destroy that was stopped has moved the whole vault, or nothing. What it left
// is found, is in the way of no new vault, and goes.
func TestDestroyStopped(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.with(func(v *vault.Vault) { set(t, v, "KEY", "value") })
	if err := os.Rename(f.dir, besideOf(f.dir)); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(filepath.Join(besideOf(f.dir), "VAULT")); err != nil { // it had begun to delete
		t.Fatal(err)
	}
	o := vault.CreateOptions{Slots: []vault.NewSlot{{Label: "new", Lock: f.lock}}, State: f.state, Now: f.clock}
	// Stopped right after the move, this machine still knows a vault there, and says
	// how it is forgotten.
	_, err := vault.Create(t.Context(), f.dir, o)
	wantCode(t, err, vault.VaultMissing)
	if err := vault.Forget(f.dir, f.state); err != nil {
		t.Fatal(err)
	}
	v, err := vault.Create(t.Context(), f.dir, o)
	if err != nil {
		t.Fatalf("a new vault in its place: %v", err)
	}
	set(t, v, "NEW", "value")
	if err := v.Close(); err != nil {
		t.Fatal(err)
	}
	list, err := vault.StoppedRestores(filepath.Dir(f.dir))
	if err != nil || len(list) != 1 || !list[0].Destroyed() || list[0].Dir != f.dir {
		t.Fatalf("found %+v, %v", list, err)
	}
	if err := list[0].Settle(t.Context(), time.Now().Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Lstat(besideOf(f.dir)); !os.IsNotExist(err) {
		t.Errorf("it is still there: %v", err)
	}
	f.with(func(v *vault.Vault) {
		if got := get(t, v, "NEW"); got != "value" {
			t.Errorf("the new vault has %q", got)
		}
	})
}
