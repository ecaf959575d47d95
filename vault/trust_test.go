package vault_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/tacit-vault/tacit/vault"
)

func discovered(o *vault.Options) { o.Discovered = true }

func TestDiscoveredVaultIsNotTrusted(t *testing.T) {
	f := newFixture(t).machine("fresh")
	_, err := f.tryOpen(readOnly, discovered)
	wantCode(t, err, vault.Untrusted)
	_, err = f.tryOpen(locked, discovered)
	wantCode(t, err, vault.Untrusted)
	o := f.options()
	o.Write = false
	declined := errors.New("declined")
	_, err = vault.Trust(t.Context(), f.dir, vault.TrustOptions{Options: o, Confirm: func(vault.Status) error { return declined }})
	if !errors.Is(err, declined) {
		t.Errorf("got %v", err)
	}
	_, err = f.tryOpen(readOnly, discovered)
	wantCode(t, err, vault.Untrusted)
	st, err := vault.Trust(t.Context(), f.dir, vault.TrustOptions{Options: o})
	if err != nil || st.Pin == "" {
		t.Fatal(st, err)
	}
	f.with(func(*vault.Vault) {}, readOnly, discovered)
}

func TestNamedVaultIsRemembered(t *testing.T) {
	f := newFixture(t).machine("fresh")
	f.with(func(v *vault.Vault) {
		if !v.Status().New {
			t.Error("not said to be new")
		}
	}, readOnly)
	f.with(func(v *vault.Vault) {
		if v.Status().New {
			t.Error("said to be new twice")
		}
	}, readOnly, discovered)
}

func TestMovedVault(t *testing.T) {
	f := newFixture(t)
	f.with(func(v *vault.Vault) { set(t, v, "A", "a") })
	old := filepath.Join(t.TempDir(), "old")
	copyDir(t, f.dir, old)
	f.with(func(v *vault.Vault) { set(t, v, "A", "b") })
	moved := filepath.Join(t.TempDir(), "moved")
	if err := os.Rename(f.dir, moved); err != nil {
		t.Fatal(err)
	}
	f.dir = moved
	f.with(func(v *vault.Vault) {
		if get(t, v, "A") != "b" {
			t.Error("another state")
		}
	})
	// An older copy at a place of its own is not what this machine knows.
	f.dir = old
	_, err := f.tryOpen()
	wantCode(t, err, vault.Untrusted)
	if _, err := vault.Trust(t.Context(), f.dir, vault.TrustOptions{Options: f.options()}); err != nil {
		t.Fatal(err)
	}
	f.with(func(v *vault.Vault) {
		if get(t, v, "A") != "a" {
			t.Error("another state")
		}
	})
	// The moved one is still what it was.
	f.dir = moved
	f.with(func(*vault.Vault) {})
}

func TestExpect(t *testing.T) {
	f := newFixture(t)
	var pin string
	f.with(func(v *vault.Vault) { set(t, v, "A", "a"); pin = v.Status().Pin })
	expect := func(s string) func(*vault.Options) { return func(o *vault.Options) { o.Expect = s } }
	fresh := f.machine("fresh")
	fresh.with(func(*vault.Vault) {}, expect(pin), readOnly, discovered)
	fresh.with(func(*vault.Vault) {}, expect(pin+":2"), readOnly, discovered)
	_, err := fresh.tryOpen(expect(pin + ":3"))
	wantCode(t, err, vault.RolledBack)
	_, err = fresh.tryOpen(expect("nonsense"))
	wantCode(t, err, vault.InvalidValue)
	var other string
	newFixture(t).with(func(v *vault.Vault) { other = v.Status().Pin })
	_, err = fresh.tryOpen(expect(other))
	wantCode(t, err, vault.Substituted)
}

func TestUnwritableStateDoesNotBlockReads(t *testing.T) {
	f := newFixture(t)
	f.with(func(v *vault.Vault) { set(t, v, "A", "a") })
	g := f.machine("unwritable")
	g.state = "/proc/none/state" // where not even root can make a folder
	if _, err := os.Stat("/proc/self"); err != nil {
		t.Skip("no /proc")
	}
	g.with(func(v *vault.Vault) {
		if get(t, v, "A") != "a" {
			t.Error("another value")
		}
	}, readOnly)
}

func TestDamagedMemoryIsAnError(t *testing.T) {
	f := newFixture(t)
	err := filepath.WalkDir(filepath.Join(f.state, "vaults"), func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		return os.WriteFile(path, []byte("damaged"), 0o600)
	})
	if err != nil {
		t.Fatal(err)
	}
	_, err = f.tryOpen(readOnly)
	wantCode(t, err, vault.Unproven)
	if _, err := vault.Trust(t.Context(), f.dir, vault.TrustOptions{Options: f.options()}); err != nil {
		t.Fatal(err)
	}
	f.with(func(*vault.Vault) {})
}

func TestDestroy(t *testing.T) {
	f := newFixture(t)
	if err := vault.Destroy(t.Context(), f.dir, f.options()); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(f.dir); !errors.Is(err, os.ErrNotExist) {
		t.Error("the folder is still there")
	}
	_, err := f.tryOpen()
	wantCode(t, err, vault.NoVault)
	// Another vault may now stand at this path.
	v, err := vault.Create(t.Context(), f.dir, vault.CreateOptions{
		State: f.state, Slots: []vault.NewSlot{{Label: "identity", Lock: f.lock}},
	})
	if err != nil {
		t.Fatal(err)
	}
	v.Close()
	f.with(func(*vault.Vault) {})
}

// Two vaults whose folders were exchanged by their owner.
func TestExchangedVaults(t *testing.T) {
	f := newFixture(t)
	g := newFixture(t)
	g.state = f.state
	g.with(func(v *vault.Vault) { set(t, v, "A", "g") })
	old := filepath.Join(t.TempDir(), "old")
	copyDir(t, g.dir, old)
	g.with(func(v *vault.Vault) { set(t, v, "A", "g2") })
	copyDir(t, g.dir, f.dir)
	h := *g
	h.dir = f.dir
	_, err := h.tryOpen()
	wantCode(t, err, vault.Substituted)
	if _, err := vault.Trust(t.Context(), h.dir, vault.TrustOptions{Options: h.options()}); err != nil {
		t.Fatal(err)
	}
	h.with(func(v *vault.Vault) {
		if get(t, v, "A") != "g2" {
			t.Error("another vault")
		}
	})
	copyDir(t, old, h.dir)
	_, err = h.tryOpen()
	wantCode(t, err, vault.RolledBack)
}
