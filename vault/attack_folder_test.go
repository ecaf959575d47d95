package vault_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/tacit-vault/tacit/crypto"
	"github.com/tacit-vault/tacit/store"
	"github.com/tacit-vault/tacit/vault"
)

func TestAttackRollback(t *testing.T) {
	t.Parallel()
	f := attackFixture(t)
	yesterday := filepath.Join(t.TempDir(), "yesterday")
	copyDir(t, f.dir, yesterday)
	f.with(func(v *vault.Vault) { set(t, v, "A", "canary newest") })
	copyDir(t, yesterday, f.dir)
	f.attacked("A", vault.RolledBack)

	// The way out: the owner says so, and what was discarded cannot come back.
	_, err := vault.Trust(t.Context(), f.dir, vault.TrustOptions{Options: f.options()})
	wantCode(t, err, vault.RolledBack)
	if _, err := vault.Trust(t.Context(), f.dir, vault.TrustOptions{Options: f.options(), AcceptRollback: true}); err != nil {
		t.Fatal(err)
	}
	f.with(func(v *vault.Vault) {
		if get(t, v, "A") != "canary new" {
			t.Error("another state than the accepted one")
		}
		set(t, v, "A", "after")
		verifies(t, v)
	})
}

// An entry damaged at the end of the log of an unclean stop looks like a write
// that was never finished, but for this machine's memory. The files are left as
// they are then: the record in them may be whole.
func TestAttackLogEnd(t *testing.T) {
	t.Parallel()
	f := attackFixture(t)
	unclean := filepath.Join(t.TempDir(), "unclean")
	f.with(func(v *vault.Vault) {
		for i := range 5 {
			set(t, v, "A", fmt.Sprint("canary acknowledged ", i))
		}
		copyDir(t, f.dir, unclean)
	})
	copyDir(t, unclean, f.dir)
	logs, err := filepath.Glob(filepath.Join(f.dir, "db", "*.mem"))
	if err != nil || len(logs) != 1 {
		t.Fatalf("%d logs: %v", len(logs), err)
	}
	whole, err := os.ReadFile(logs[0])
	if err != nil {
		t.Fatal(err)
	}
	cut := bytes.Clone(whole)
	cut[len(bytes.TrimRight(whole, "\x00"))-10] ^= 0xff
	if err := os.WriteFile(logs[0], cut, 0o600); err != nil {
		t.Fatal(err)
	}
	f.attacked("A", vault.RolledBack)
	if left, err := os.ReadFile(logs[0]); err != nil || !bytes.Equal(left, cut) {
		t.Fatalf("the log was not left as it was: %v", err)
	}

	// Mended by whoever can, the last write is there again.
	if err := os.WriteFile(logs[0], whole, 0o600); err != nil {
		t.Fatal(err)
	}
	f.with(func(v *vault.Vault) {
		if got := get(t, v, "A"); got != "canary acknowledged 4" {
			t.Errorf("the log is whole, and A is %q", got)
		}
	})

	// Or the owner goes on without it.
	copyDir(t, unclean, f.dir)
	if err := os.WriteFile(logs[0], cut, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := vault.Trust(t.Context(), f.dir, vault.TrustOptions{Options: f.options(), AcceptRollback: true}); err != nil {
		t.Fatal(err)
	}
	f.with(func(v *vault.Vault) {
		if got := get(t, v, "A"); got != "canary acknowledged 3" {
			t.Errorf("without the last write, A is %q", got)
		}
		verifies(t, v)
	})
}

// machine returns the same vault seen from another HOME.
func (f *fixture) machine(name string) *fixture {
	g := *f
	g.state = filepath.Join(f.t.TempDir(), name)
	return &g
}

func TestAttackFork(t *testing.T) {
	t.Parallel()
	f := attackFixture(t)
	other := f.machine("other")
	yesterday, mine := filepath.Join(t.TempDir(), "yesterday"), filepath.Join(t.TempDir(), "mine")
	copyDir(t, f.dir, yesterday)
	other.with(func(v *vault.Vault) { set(t, v, "A", "canary of the other machine") })
	// Both machines know their own past; now one writes past the old copy.
	copyDir(t, f.dir, mine)
	copyDir(t, yesterday, f.dir)
	other.attacked("A", vault.RolledBack)
	f.with(func(v *vault.Vault) { set(t, v, "A", "canary of this machine") })
	other.attacked("A", vault.Forked)
	f.with(func(v *vault.Vault) { set(t, v, "A", "canary and on") })
	other.attacked("A", vault.Forked)
	copyDir(t, mine, f.dir)
	f.attacked("A", vault.RolledBack)
}

// The other history with its log cut away, so that nothing tells where it comes
// from: within the reach of the log that is no reason to ask the user's trust.
func TestAttackForkWithoutLog(t *testing.T) {
	t.Parallel()
	f := attackFixture(t)
	other := f.machine("other")
	yesterday := filepath.Join(t.TempDir(), "yesterday")
	copyDir(t, f.dir, yesterday)
	other.with(func(v *vault.Vault) { set(t, v, "A", "canary of the other machine") })
	copyDir(t, yesterday, f.dir)
	f.with(func(v *vault.Vault) {
		for range 6 { // so that the head itself does not name the commit
			set(t, v, "A", "canary of this machine")
		}
	})
	log := f.keys("l/")
	f.raw(func(w store.Writer) error {
		for _, key := range log {
			if err := w.Delete([]byte(key)); err != nil {
				return err
			}
		}
		return nil
	})
	_, err := other.tryOpen(readOnly)
	wantCode(t, err, vault.Forked)
	_, err = vault.Trust(t.Context(), other.dir, vault.TrustOptions{Options: other.options()})
	wantCode(t, err, vault.Forked)
}

// VAULT without a database behind it is a vault that lost it.
func TestAttackDatabase(t *testing.T) {
	t.Parallel()
	f := attackFixture(t)
	if err := os.RemoveAll(filepath.Join(f.dir, "db")); err != nil {
		t.Fatal(err)
	}
	f.attacked("A", vault.Missing)
	if err := vault.Destroy(t.Context(), f.dir, f.options()); err != nil {
		t.Errorf("what is left cannot be destroyed: %v", err)
	}
}

// The copies of the slots are for recovery; who edits them is found out, and
// the next change puts them back, but never through a link to elsewhere.
func TestAttackSlotCopies(t *testing.T) {
	t.Parallel()
	f := attackFixture(t)
	slots := filepath.Join(f.dir, "slots")
	copied := filepath.Join(slots, "01-identity.age")
	if err := os.WriteFile(copied, []byte("canary"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(slots, "02-more.age"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	f.with(func(v *vault.Vault) {
		r, err := v.Verify(t.Context(), vault.VerifyOptions{})
		if err != nil || len(r.Findings) != 1 || r.Findings[0].Code != vault.SlotTampered {
			t.Errorf("%+v, %v", r, err)
		}
		set(t, v, "B", "b")
		verifies(t, v)
	})
	if entries, err := os.ReadDir(slots); err != nil || len(entries) != 1 {
		t.Errorf("%v, %v", entries, err)
	}

	elsewhere := t.TempDir()
	mine := filepath.Join(elsewhere, "mine.age")
	if err := errors.Join(os.WriteFile(mine, []byte("mine"), 0o600), os.RemoveAll(slots), os.Symlink(elsewhere, slots)); err != nil {
		t.Fatal(err)
	}
	warned := false
	f.with(func(v *vault.Vault) { set(t, v, "B", "c") }, func(o *vault.Options) { o.Warn = func(error) { warned = true } })
	if entries, err := os.ReadDir(elsewhere); err != nil || len(entries) != 1 || !warned {
		t.Errorf("%v, %v, warned: %t", entries, err, warned)
	}
}

// Another identity's vault, under the same id, whose slot the user's key opens.
func TestAttackSubstitute(t *testing.T) {
	t.Parallel()
	f := attackFixture(t)
	g := newFixture(t, func(o *vault.CreateOptions) {
		o.Slots = []vault.NewSlot{{Label: "theirs", Lock: f.lock}}
	})
	g.with(func(v *vault.Vault) { set(t, v, "A", "canary of the attacker") })
	forgeID(t, g, f)
	copyDir(t, g.dir, f.dir)
	f.attacked("A", vault.Substituted)
	// Under its own id it is no better.
	h := newFixture(t, func(o *vault.CreateOptions) {
		o.Slots = []vault.NewSlot{{Label: "theirs", Lock: f.lock}}
	})
	copyDir(t, h.dir, f.dir)
	f.attacked("A", vault.Substituted)
}

// forgeID makes the vault of g, as the holder of its identity can, into one
// with the id of f.
func forgeID(t *testing.T, g, f *fixture) {
	t.Helper()
	slot := []byte("k/0000000002")
	vaultFile, err := os.ReadFile(filepath.Join(f.dir, "VAULT"))
	if err != nil {
		t.Fatal(err)
	}
	file, err := crypto.ParseVaultFile(vaultFile)
	if err != nil {
		t.Fatal(err)
	}
	g.raw(func(w store.Writer) error {
		head, err := crypto.ParseHead(mustGet(t, w, []byte("z")))
		if err != nil {
			return err
		}
		identity, err := crypto.OpenSlot(t.Context(), g.key, head.Slots[1], mustGet(t, w, slot))
		if err != nil {
			return err
		}
		keys, err := identity.Unlock(file.ID)
		if err != nil {
			return err
		}
		forged := head.Head
		forged.Vault, forged.VaultFile, forged.Pin = file.ID, crypto.Sum(vaultFile), keys.Pin()
		z, err := keys.Sign(&forged)
		if err != nil {
			return err
		}
		return w.Put([]byte("z"), z)
	})
	if err := os.WriteFile(filepath.Join(g.dir, "VAULT"), vaultFile, 0o600); err != nil {
		t.Fatal(err)
	}
}

// A vault of a newer version that this one may only read is not written by the
// user's trust either.
func TestTrustDoesNotWriteNewer(t *testing.T) {
	t.Parallel()
	f := attackFixture(t)
	f.raw(func(w store.Writer) error {
		head, err := crypto.ParseHead(mustGet(t, w, []byte("z")))
		if err != nil {
			return err
		}
		identity, err := crypto.OpenSlot(t.Context(), f.key, head.Slots[0], mustGet(t, w, []byte("k/0000000001")))
		if err != nil {
			return err
		}
		keys, err := identity.Unlock(head.Vault)
		if err != nil {
			return err
		}
		newer := head.Head
		newer.Compatible = []string{"newer"}
		newer.Seq, newer.Prev, newer.Skip = head.Seq+1, head.Point(), head.Point()
		z, err := keys.Sign(&newer)
		if err != nil {
			return err
		}
		if err := w.Put([]byte("l/0000000006"), head.Log()); err != nil {
			return err
		}
		return w.Put([]byte("z"), z)
	})
	f.with(func(v *vault.Vault) {
		if get(t, v, "A") != "canary new" {
			t.Error("another value")
		}
	}, readOnly)
	_, err := f.tryOpen()
	wantCode(t, err, vault.ReadOnly)
	_, err = vault.Trust(t.Context(), f.dir, vault.TrustOptions{Options: f.options(), AcceptRollback: true})
	wantCode(t, err, vault.ReadOnly)
}

// A planted p makes a writer sweep; it must sweep away nothing that is true.
func TestAttackPlantedBatch(t *testing.T) {
	t.Parallel()
	f := attackFixture(t)
	f.raw(func(w store.Writer) error { return w.Put([]byte("p"), []byte("3")) })
	f.with(func(v *vault.Vault) {
		set(t, v, "C", "c")
		for name, want := range map[string]string{"A": "canary new", "B": "canary b", "C": "c"} {
			if get(t, v, name) != want {
				t.Errorf("%s was lost", name)
			}
		}
		if history, err := v.History(t.Context(), "A"); err != nil || len(history) != 2 {
			t.Errorf("history of A: %v, %v", history, err)
		}
		verifies(t, v)
	})
}

func TestAttackFolder(t *testing.T) {
	t.Parallel()
	f := attackFixture(t)
	if err := os.Chmod(f.dir, 0o755); err != nil {
		t.Fatal(err)
	}
	f.attacked("A", vault.Unsafe)
	if err := os.Chmod(f.dir, 0o700); err != nil {
		t.Fatal(err)
	}
	real := f.dir
	f.dir = filepath.Join(t.TempDir(), "link")
	if err := os.Symlink(real, f.dir); err != nil {
		t.Fatal(err)
	}
	f.attacked("A", vault.Unsafe)
}
