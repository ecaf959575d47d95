package vault_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/tacit-vault/tacit/crypto"
	"github.com/tacit-vault/tacit/store"
	"github.com/tacit-vault/tacit/vault"
)

// A change of the key slots during which the store's transaction fails, in any
// way, is there whole or not at all: each slot that is listed opens the vault,
// none that is not listed does, and the copies follow with the next writer.
func TestSlotFaults(t *testing.T) {
	t.Parallel()
	long(t)
	f := newFixture(t)
	phrase, other := phraseLock(t, "one"), phraseLock(t, "two")
	f.with(func(v *vault.Vault) {
		set(t, v, "A", "a")
		if _, err := v.AddSlot(t.Context(), vault.NewSlot{Label: "phrase", Lock: phrase}); err != nil {
			t.Fatal(err)
		}
	})
	for name, change := range map[string]func(v *vault.Vault) error{
		"add": func(v *vault.Vault) error {
			_, err := v.AddSlot(t.Context(), vault.NewSlot{Label: "other", Lock: other})
			return err
		},
		"replace": func(v *vault.Vault) error { _, err := v.ReplaceSlot(t.Context(), "phrase", other); return err },
		"remove":  func(v *vault.Vault) error { _, err := v.RemoveSlot(t.Context(), "phrase"); return err },
	} {
		for _, how := range faults {
			t.Run(name+", "+how.name, func(t *testing.T) {
				g := f.copy("faulty")
				g.t = t
				g.with(func(v *vault.Vault) {
					s := failing(v, 1, how)
					if err := change(v); err == nil || s.calls == 0 {
						t.Fatalf("the fault did not come: %v", err)
					}
				})
				g.checkSlots(phrase, other, how.committed, name)
			})
		}
	}
}

// checkSlots opens the vault by each key, with a writer in between.
func (f *fixture) checkSlots(phrase, other crypto.Key, done bool, name string) {
	f.t.Helper()
	opens := func(k crypto.Key) bool {
		v, err := f.tryOpen(withKeys(k), readOnly)
		if err != nil {
			wantCode(f.t, err, vault.WrongKey)
			return false
		}
		defer v.Close()
		return get(f.t, v, "A") == "a"
	}
	wantOld, wantNew := !done || name == "add", done && name != "remove"
	for range 2 {
		if !opens(f.key) || opens(phrase) != wantOld || opens(other) != wantNew {
			f.t.Errorf("the old phrase opens: %t, want %t; the new one: %t, want %t", opens(phrase), wantOld, opens(other), wantNew)
		}
		f.with(func(v *vault.Vault) { set(f.t, v, "B", "b"); verifies(f.t, v) })
	}
	var listed []string
	f.with(func(v *vault.Vault) {
		for _, s := range v.Status().Slots {
			listed = append(listed, fmt.Sprintf("k/%010d", s.ID))
		}
	}, locked)
	if stored := f.keys("k/"); !slices.Equal(stored, listed) {
		f.t.Errorf("stored are %q, listed %q", stored, listed)
	}
}

// Who held the vault's identity can list a slot that is made to hurt whoever
// tries it. It is refused before any work is done, by its name, and keeps nobody
// out who opens the vault by an earlier one.
func TestHostileSlots(t *testing.T) {
	t.Parallel()
	phrase := phraseLock(t, "phrase")
	for name, spoil := range map[string]func(file string) string{
		"truncated":       func(s string) string { return s[:len(s)/2] },
		"empty":           func(string) string { return "" },
		"a factor of 30":  func(s string) string { return replaceOnce(t, s, " 4\n", " 30\n") },
		"2,000 stanzas":   func(s string) string { return replaceOnce(t, s, "-> scrypt", manyStanzas(2000)+"-> scrypt") },
		"beyond its size": func(s string) string { return s + string(make([]byte, crypto.MaxSlotFile)) },
	} {
		t.Run(name, func(t *testing.T) {
			f := newFixture(t)
			f.with(func(v *vault.Vault) {
				set(t, v, "A", "a")
				if _, err := v.AddSlot(t.Context(), vault.NewSlot{Label: "phrase", Lock: phrase}); err != nil {
					t.Fatal(err)
				}
			})
			f.resignSlot(1, spoil)
			f.with(func(v *vault.Vault) {
				if get(t, v, "A") != "a" {
					t.Error("not what was in it")
				}
			}, readOnly)
			_, err := f.tryOpen(withKeys(phrase), readOnly)
			wantCode(t, err, vault.SlotTampered)
			var se *vault.SecretError
			if !errors.As(err, &se) || se.Remedy.IsZero() {
				t.Errorf("no way out: %v", err)
			}
			// It can be removed by whoever still gets in.
			f.with(func(v *vault.Vault) {
				if _, err := v.RemoveSlot(t.Context(), "phrase"); err != nil {
					t.Error(err)
				}
				verifies(t, v)
			})
		})
	}
}

// resignSlot changes a slot's file and lists it as it is then, as a holder can.
func (f *fixture) resignSlot(i int, spoil func(string) string) {
	f.t.Helper()
	f.raw(func(w store.Writer) error {
		head, err := crypto.ParseHead(mustGet(f.t, w, []byte("z")))
		if err != nil {
			return err
		}
		identity, err := crypto.OpenSlot(f.t.Context(), f.key, head.Slots[0], mustGet(f.t, w, []byte("k/0000000001")))
		if err != nil {
			return err
		}
		keys, err := identity.Unlock(head.Vault)
		if err != nil {
			return err
		}
		key := fmt.Appendf(nil, "k/%010d", head.Slots[i].ID)
		bad := []byte(spoil(string(mustGet(f.t, w, key))))
		next := head.Head
		next.Slots = slices.Clone(head.Slots)
		next.Slots[i].Sum = crypto.Sum(bad)
		next.Seq, next.Prev, next.Skip = head.Seq+1, head.Point(), head.Point()
		z, err := keys.Sign(&next)
		if err != nil {
			return err
		}
		return errors.Join(w.Put(key, bad), w.Put(fmt.Appendf(nil, "l/%010d", head.Seq), head.Log()), w.Put([]byte("z"), z))
	})
}

func replaceOnce(t *testing.T, s, old, with string) string {
	t.Helper()
	if strings.Count(s, old) != 1 {
		t.Fatalf("%q is there %d times", old, strings.Count(s, old))
	}
	return strings.Replace(s, old, with, 1)
}

func manyStanzas(n int) string { return strings.Repeat("-> x\n\n", n) }
