package vault_test

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/tacit-vault/tacit/store"
	"github.com/tacit-vault/tacit/vault"
)

func TestAttackIndex(t *testing.T) {
	t.Parallel()
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
	t.Parallel()
	f := attackFixture(t)
	var root []byte
	f.raw(func(w store.Writer) error { root = mustGet(t, w, []byte("i\x00")); return nil })
	f.with(func(v *vault.Vault) { set(t, v, "A", "canary newest") })
	f.raw(func(w store.Writer) error { return w.Put([]byte("i\x00"), root) })
	f.attacked("A", vault.IndexTampered)
}

func TestAttackSlots(t *testing.T) {
	t.Parallel()
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
	// Not the slot that the user's key opens: whoever opens the vault finds it.
	t.Run("not the one that opens", func(t *testing.T) {
		f := attackFixture(t)
		f.with(func(v *vault.Vault) {
			if _, err := v.AddSlot(t.Context(), vault.NewSlot{Label: "second", Lock: f.lock}); err != nil {
				t.Fatal(err)
			}
		})
		f.raw(func(w store.Writer) error { return w.Put([]byte("k/0000000002"), mustGet(t, w, slot)) })
		f.attacked("A", vault.SlotTampered)
	})
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
	t.Parallel()
	long(t)
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
	t.Parallel()
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
