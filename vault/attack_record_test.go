package vault_test

import (
	"bytes"
	"testing"

	"github.com/tacit-vault/tacit/crypto"
	"github.com/tacit-vault/tacit/store"
	"github.com/tacit-vault/tacit/vault"
)

func TestAttackSwap(t *testing.T) {
	t.Parallel()
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
	t.Parallel()
	f := attackFixture(t)
	old, current := f.only("s/A/0000000001/"), f.only("s/A/0000000002/")
	f.raw(func(w store.Writer) error { return w.Put(current, mustGet(t, w, old)) })
	f.attacked("A", vault.Replayed)
}

func TestAttackDelete(t *testing.T) {
	t.Parallel()
	f := attackFixture(t)
	key := f.only("s/B/")
	f.raw(func(w store.Writer) error { return w.Delete(key) })
	f.attacked("B", vault.Missing)
}

func TestAttackResurrect(t *testing.T) {
	t.Parallel()
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
	t.Parallel()
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
	t.Parallel()
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
	t.Parallel()
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
	t.Parallel()
	long(t)
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
