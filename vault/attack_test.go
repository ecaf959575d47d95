package vault_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/tacit-vault/tacit/crypto"
	"github.com/tacit-vault/tacit/store"
	"github.com/tacit-vault/tacit/vault"
)

// The attacks are made by somebody who can write to the vault's folder at
// will. Each must be refused by a read and by Verify, under the code that says
// which it was.

// attacked asks that reading name and verifying both refuse with code.
func (f *fixture) attacked(name string, code vault.Code) {
	f.t.Helper()
	v, err := f.tryOpen(readOnly)
	if err == nil {
		defer v.Close()
		_, err = v.Read(context.Background(), name)
	}
	wantCode(f.t, err, code)
	if strings.Contains(err.Error(), "canary") {
		f.t.Errorf("the error holds a value: %v", err)
	}
	if v == nil {
		// Verify opens as Read does, so it gets the same error.
		return
	}
	for _, full := range []bool{false, true} {
		r, err := v.Verify(context.Background(), vault.VerifyOptions{Full: full})
		if err != nil {
			f.t.Fatal(err)
		}
		if !slices.ContainsFunc(r.Findings, func(g vault.Finding) bool { return g.Code == code }) {
			f.t.Errorf("verify (full: %t) found %+v, want %s", full, r.Findings, code)
		}
	}
}

// attackFixture has A (two versions), B and GONE, which is deleted.
func attackFixture(t *testing.T) *fixture {
	f := newFixture(t)
	f.with(func(v *vault.Vault) {
		set(t, v, "A", "canary old")
		set(t, v, "A", "canary new")
		set(t, v, "B", "canary b")
		set(t, v, "GONE", "canary gone")
		if _, err := v.Delete(t.Context(), "GONE", vault.DeleteOptions{}); err != nil {
			t.Fatal(err)
		}
	})
	return f
}

// only returns the single key under a prefix.
func (f *fixture) only(prefix string) []byte {
	f.t.Helper()
	keys := f.keys(prefix)
	if len(keys) != 1 {
		f.t.Fatalf("keys under %s: %v", prefix, keys)
	}
	return []byte(keys[0])
}

func mustGet(t testing.TB, r store.Reader, key []byte) []byte {
	t.Helper()
	b, err := r.Get(key)
	if err != nil {
		t.Fatalf("%s: %v", key, err)
	}
	return b
}

func TestAttackSwap(t *testing.T) {
	f := attackFixture(t)
	a, b := f.only("s/A/0000000002/"), f.only("s/B/")
	f.raw(func(w store.Writer) error {
		ra, rb := mustGet(t, w, a), mustGet(t, w, b)
		if err := w.Put(a, rb); err != nil {
			return err
		}
		return w.Put(b, ra)
	})
	f.attacked("A", vault.Swapped)
	f.attacked("B", vault.Swapped)
}

func TestAttackReplay(t *testing.T) {
	f := attackFixture(t)
	old, current := f.only("s/A/0000000001/"), f.only("s/A/0000000002/")
	f.raw(func(w store.Writer) error { return w.Put(current, mustGet(t, w, old)) })
	f.attacked("A", vault.Replayed)
}

func TestAttackDelete(t *testing.T) {
	f := attackFixture(t)
	key := f.only("s/B/")
	f.raw(func(w store.Writer) error { return w.Delete(key) })
	f.attacked("B", vault.Missing)
}

func TestAttackResurrect(t *testing.T) {
	for name, attack := range map[string]func(w store.Writer, old, gone []byte) error{
		"the deletion is removed":   func(w store.Writer, old, gone []byte) error { return w.Delete(gone) },
		"the value takes its place": func(w store.Writer, old, gone []byte) error { return w.Put(gone, old) },
		"the deletion is emptied":   func(w store.Writer, old, gone []byte) error { return w.Put(gone, nil) },
		"the value as a third version": func(w store.Writer, old, gone []byte) error {
			return w.Put([]byte("s/GONE/0000000003/0000000007"), old)
		},
	} {
		t.Run(name, func(t *testing.T) {
			f := attackFixture(t)
			old, gone := f.only("s/GONE/0000000001/"), f.only("s/GONE/0000000002/")
			f.raw(func(w store.Writer) error { return attack(w, mustGet(t, w, old), gone) })
			code := vault.Resurrected
			if name == "the deletion is emptied" {
				code = vault.Corrupt
			}
			f.attacked("GONE", code)
		})
	}
}

func TestAttackResurrectPurged(t *testing.T) {
	f := attackFixture(t)
	key := f.only("s/B/")
	var record []byte
	f.raw(func(w store.Writer) error { record = mustGet(t, w, key); return nil })
	f.with(func(v *vault.Vault) {
		if _, err := v.Delete(t.Context(), "B", vault.DeleteOptions{Purge: true}); err != nil {
			t.Fatal(err)
		}
	})
	f.raw(func(w store.Writer) error { return w.Put(key, record) })
	f.attacked("B", vault.Resurrected)
}

func TestAttackPlantUnknown(t *testing.T) {
	f := attackFixture(t)
	key := f.only("s/B/")
	f.raw(func(w store.Writer) error {
		return w.Put([]byte("s/PLANTED/0000000001/0000000004"), mustGet(t, w, key))
	})
	f.attacked("PLANTED", vault.Resurrected)
}

// otherKeys are the keys of an identity that is not the vault's, for the same
// vault id: what an attacker can make.
func otherKeys(t *testing.T, v *vault.Vault) *crypto.Keys {
	t.Helper()
	id, err := crypto.NewIdentity(crypto.X25519)
	if err != nil {
		t.Fatal(err)
	}
	vaultID, err := crypto.ParseID(v.Status().ID)
	if err != nil {
		t.Fatal(err)
	}
	keys, err := id.Unlock(vaultID)
	if err != nil {
		t.Fatal(err)
	}
	return keys
}

func TestAttackForge(t *testing.T) {
	f := attackFixture(t)
	key := f.only("s/B/")
	var record []byte
	f.raw(func(w store.Writer) error { record = mustGet(t, w, key); return nil })
	h, err := crypto.ParseRecord(record)
	if err != nil {
		t.Fatal(err)
	}
	var forger *crypto.Keys
	f.with(func(v *vault.Vault) { forger = otherKeys(t, v) }, locked)
	h.Size = int64(len("forged"))
	forged, err := forger.Seal(h, []byte("forged"))
	if err != nil {
		t.Fatal(err)
	}
	f.raw(func(w store.Writer) error { return w.Put(key, forged) })
	f.attacked("B", vault.Forged)
}

// Every single bit of a record counts.
func TestAttackFlip(t *testing.T) {
	f := attackFixture(t)
	key := f.only("s/B/")
	var record []byte
	f.raw(func(w store.Writer) error { record = mustGet(t, w, key); return nil })
	for i := 0; i < len(record); i += 7 {
		f.raw(func(w store.Writer) error {
			bad := bytes.Clone(record)
			bad[i] ^= 1 << (i % 8)
			return w.Put(key, bad)
		})
		v := f.open(readOnly)
		_, err := v.Read(t.Context(), "B")
		if !vault.CodeOf(err).Tampering() {
			t.Errorf("bit of byte %d: %v", i, err)
		}
		v.Close()
	}
}

func TestAttackIndex(t *testing.T) {
	for name, c := range map[string]struct {
		code   vault.Code
		attack func(w store.Writer, key []byte) error
	}{
		"deleted": {vault.Missing, func(w store.Writer, key []byte) error { return w.Delete(key) }},
		"edited": {vault.IndexTampered, func(w store.Writer, key []byte) error {
			b, err := w.Get(key)
			if err != nil {
				return err
			}
			b[len(b)-1] ^= 1
			return w.Put(key, b)
		}},
		"emptied": {vault.IndexTampered, func(w store.Writer, key []byte) error { return w.Put(key, nil) }},
	} {
		t.Run(name, func(t *testing.T) {
			f := attackFixture(t)
			f.raw(func(w store.Writer) error { return c.attack(w, []byte("i\x00")) })
			f.attacked("A", c.code)
		})
	}
}

// The root of yesterday with the head of today.
func TestAttackSpliceIndex(t *testing.T) {
	f := attackFixture(t)
	var root []byte
	f.raw(func(w store.Writer) error { root = mustGet(t, w, []byte("i\x00")); return nil })
	f.with(func(v *vault.Vault) { set(t, v, "A", "canary newest") })
	f.raw(func(w store.Writer) error { return w.Put([]byte("i\x00"), root) })
	f.attacked("A", vault.IndexTampered)
}

func TestAttackSlots(t *testing.T) {
	slot := []byte("k/0000000001")
	for name, attack := range map[string]func(w store.Writer) error{
		"edited":  func(w store.Writer) error { b, _ := w.Get(slot); b[len(b)-1] ^= 1; return w.Put(slot, b) },
		"cut":     func(w store.Writer) error { b, _ := w.Get(slot); return w.Put(slot, b[:len(b)/2]) },
		"removed": func(w store.Writer) error { return w.Delete(slot) },
	} {
		t.Run(name, func(t *testing.T) {
			f := attackFixture(t)
			f.raw(attack)
			f.attacked("A", vault.SlotTampered)
		})
	}
	t.Run("added", func(t *testing.T) {
		f := attackFixture(t)
		f.raw(func(w store.Writer) error { return w.Put([]byte("k/0000000002"), mustGet(t, w, slot)) })
		f.with(func(v *vault.Vault) {
			r, err := v.Verify(t.Context(), vault.VerifyOptions{})
			if err != nil || len(r.Findings) != 1 || r.Findings[0].Code != vault.SlotTampered {
				t.Errorf("%+v, %v", r, err)
			}
		}, readOnly)
	})
}

func TestAttackHead(t *testing.T) {
	f := attackFixture(t)
	var z []byte
	f.raw(func(w store.Writer) error { z = mustGet(t, w, []byte("z")); return nil })
	for i := 0; i < len(z); i += 11 {
		f.raw(func(w store.Writer) error {
			bad := bytes.Clone(z)
			bad[i] ^= 1 << (i % 8)
			return w.Put([]byte("z"), bad)
		})
		v, err := f.tryOpen(locked)
		if err == nil {
			// The MAC is for those who hold the identity.
			v.Close()
			_, err = f.tryOpen(readOnly)
		}
		if !vault.CodeOf(err).Tampering() && vault.CodeOf(err) != vault.Newer {
			t.Fatalf("byte %d of %d: %v", i, len(z), err)
		}
	}
	f.raw(func(w store.Writer) error { return w.Delete([]byte("z")) })
	f.attacked("A", vault.Missing)
}

func TestAttackVaultFile(t *testing.T) {
	f := attackFixture(t)
	path := filepath.Join(f.dir, "VAULT")
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	b = bytes.Replace(b, []byte("created 20"), []byte("created 19"), 1)
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
	f.attacked("A", vault.HeadForged)
}

func TestAttackRollback(t *testing.T) {
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

// machine returns the same vault seen from another HOME.
func (f *fixture) machine(name string) *fixture {
	g := *f
	g.state = filepath.Join(f.t.TempDir(), name)
	return &g
}

func TestAttackFork(t *testing.T) {
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
