package vault_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/tacit-vault/tacit/crypto"
	"github.com/tacit-vault/tacit/vault"
)

// rotatable is a vault with histories, deletions, kinds and two slots.
func rotatable(t *testing.T, pq bool) *fixture {
	t.Helper()
	f := newFixture(t, func(o *vault.CreateOptions) { o.PostQuantum = pq })
	f.with(func(v *vault.Vault) {
		for i := range 3 {
			set(t, v, "MANY", fmt.Sprintf("version %d", i+1))
		}
		set(t, v, "GONE", "deleted")
		if _, err := v.Delete(t.Context(), "GONE", vault.DeleteOptions{}); err != nil {
			t.Fatal(err)
		}
		if _, err := v.Set(t.Context(), "BYTES", vault.Bytes([]byte{0, 255})); err != nil {
			t.Fatal(err)
		}
		if _, err := v.Apply(t.Context(), manyChanges(700, "batch"), nil); err != nil {
			t.Fatal(err)
		}
	})
	return f
}

func rotate(t testing.TB, v *vault.Vault, o vault.RotateOptions) vault.RotateReport {
	t.Helper()
	r, err := v.Rotate(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// Everything is there after a rotation, under another pin, through the same
// key, on this machine and on one that has seen the vault before.
func TestRotate(t *testing.T) {
	t.Parallel()
	for _, pq := range []bool{false, true} {
		f := rotatable(t, pq)
		var before map[string]expected
		var old vault.Status
		var history []vault.Info
		other := t.TempDir() // another machine's memory
		elsewhere := func(o *vault.Options) { o.Write, o.State = false, other }
		f.with(func(v *vault.Vault) {
			before, old = contents(t, v), v.Status()
			history, _ = v.History(t.Context(), "MANY")
		}, elsewhere)
		f.with(func(v *vault.Vault) {
			r := rotate(t, v, vault.RotateOptions{})
			if r.OldPin != old.Pin || r.NewPin == old.Pin || r.Names != old.Names+old.Gone || r.Records != old.Records || len(r.Kept) != 1 {
				t.Errorf("%+v", r)
			}
			verifies(t, v) // the same handle goes on
			set(t, v, "AFTER", "rotation")
		})
		before["AFTER"] = expected{"text", `"cm90YXRpb24="`}
		for name, way := range map[string]func(*vault.Options){"here": readOnly, "elsewhere": elsewhere} {
			f.with(func(v *vault.Vault) {
				got := contents(t, v)
				if len(got) != len(before) {
					t.Errorf("%s: %d secrets, want %d", name, len(got), len(before))
				}
				for key, want := range before {
					if got[key] != want {
						t.Errorf("%s: %s differs", name, key)
					}
				}
				now, err := v.History(t.Context(), "MANY")
				if err != nil || len(now) != len(history) || fmt.Sprint(now) != fmt.Sprint(history) {
					t.Errorf("%s: history %v, was %v, %v", name, now, history, err)
				}
				for n := uint64(1); n <= 3; n++ {
					sec, err := v.ReadVersion(t.Context(), "MANY", n)
					if err != nil || string(sec.Value.Reveal()) != fmt.Sprintf("version %d", n) {
						t.Errorf("%s: version %d: %v", name, n, err)
					}
				}
				if st := v.Status(); st.Pin == old.Pin || st.Names != old.Names+1 || st.Gone != old.Gone || st.Records != old.Records+1 {
					t.Errorf("%s: %+v", name, st)
				}
				verifies(t, v)
			}, way)
		}
	}
}

// After a rotation no file of the vault holds a record or a slot as it was.
func TestRotateRemovesBytes(t *testing.T) {
	t.Parallel()
	f := rotatable(t, false)
	old := f.records(append(f.keys("s/"), f.keys("k/")...))
	f.with(func(v *vault.Vault) { rotate(t, v, vault.RotateOptions{}) })
	files := 0
	err := filepath.WalkDir(f.dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := os.ReadFile(path)
		files++
		for _, record := range old {
			// The tail of the payload: headers share their beginnings.
			if bytes.Contains(b, record[len(record)-40:]) {
				t.Errorf("%s holds an old record", path)
				break
			}
		}
		return err
	})
	if err != nil || files < 5 || len(old) < 700 {
		t.Errorf("%d files, %d records, %v", files, len(old), err)
	}
}

func TestRotateDropsHistory(t *testing.T) {
	t.Parallel()
	f := rotatable(t, false)
	f.with(func(v *vault.Vault) {
		r := rotate(t, v, vault.RotateOptions{DropHistory: true})
		if r.Records != r.Names {
			t.Errorf("%+v", r)
		}
		verifies(t, v)
		h, err := v.History(t.Context(), "MANY")
		if err != nil || len(h) != 1 || h[0].Version != 3 {
			t.Errorf("%v, %v", h, err)
		}
		if _, err := v.ReadVersion(t.Context(), "MANY", 2); !errors.Is(err, vault.NotFound) {
			t.Errorf("an older version: %v", err)
		}
		if _, err := v.Read(t.Context(), "GONE"); !errors.Is(err, vault.NotFound) {
			t.Errorf("a deleted secret: %v", err)
		}
	})
}

// Slots: kept from the table, proven, dropped; and what stops a rotation.
func TestRotateSlots(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	phrase, err := crypto.NewPassphrase([]byte("a phrase"), crypto.WithWorkFactor(4))
	if err != nil {
		t.Fatal(err)
	}
	wrong, err := crypto.NewPassphrase([]byte("another"), crypto.WithWorkFactor(4))
	if err != nil {
		t.Fatal(err)
	}
	lostKey, lost := newKey(t, false)
	f.with(func(v *vault.Vault) {
		set(t, v, "A", "1")
		for label, lock := range map[string]crypto.Lock{"phrase": phrase, "lost": lost} {
			if _, err := v.AddSlot(t.Context(), vault.NewSlot{Label: label, Lock: lock}); err != nil {
				t.Fatal(err)
			}
		}
		before := v.Status()
		_, err := v.Rotate(t.Context(), vault.RotateOptions{})
		wantCode(t, err, vault.Locked) // the passphrase is not at hand
		_, err = v.Rotate(t.Context(), vault.RotateOptions{Drop: []string{"nobody"}})
		wantCode(t, err, vault.NotFound)
		_, err = v.Rotate(t.Context(), vault.RotateOptions{Drop: []string{"phrase", "lost", "identity"}})
		wantCode(t, err, vault.InvalidValue)
		if now := v.Status(); now.Seq != before.Seq || now.Pin != before.Pin {
			t.Errorf("something was changed: %+v", now)
		}
		set(t, v, "B", "2")
		r := rotate(t, v, vault.RotateOptions{
			Drop: []string{"lost"},
			Relock: func(_ context.Context, s vault.SlotInfo, prove func(crypto.Key) error) (crypto.Lock, error) {
				if s.Kind == crypto.KindAge {
					return crypto.Recipient(s.Recipient)
				}
				if err := prove(wrong); !errors.Is(err, crypto.ErrWrongKey) {
					t.Errorf("proving a wrong phrase: %v", err)
				}
				return phrase, prove(phrase)
			},
		})
		if len(r.Kept) != 2 || len(r.Dropped) != 1 || r.Dropped[0].Label != "lost" {
			t.Errorf("%+v", r)
		}
		list, err := v.Exposed(t.Context())
		if err != nil || len(list) != 2 || fmt.Sprint(list[0].By) != "[lost]" {
			t.Errorf("exposed: %v, %v", list, err)
		}
	})
	for _, k := range []crypto.Key{f.key, phrase} {
		f.with(func(v *vault.Vault) { verifies(t, v) }, readOnly, func(o *vault.Options) { o.Keys = []crypto.Key{k} })
	}
	_, err = f.tryOpen(func(o *vault.Options) { o.Keys = []crypto.Key{lostKey} })
	wantCode(t, err, vault.WrongKey)
}

// The vault as it was before a rotation is not taken for the vault any more,
// and a machine that missed the rotation follows the links only with a key.
func TestRotateAndMemory(t *testing.T) {
	t.Parallel()
	f := rotatable(t, false)
	other := t.TempDir()
	elsewhere := func(o *vault.Options) { o.State = other }
	f.with(func(*vault.Vault) {}, readOnly, elsewhere)
	copied := f.dir + ".before"
	copyDir(t, f.dir, copied)
	var pins []string
	f.with(func(v *vault.Vault) {
		for range 3 {
			pins = append(pins, rotate(t, v, vault.RotateOptions{}).NewPin)
			set(t, v, "MANY", "more")
		}
	})
	// Locked, elsewhere: the links lead there, and nothing is remembered of it.
	f.with(func(v *vault.Vault) {
		if v.Status().Pin != pins[2] {
			t.Error("another pin")
		}
	}, locked, elsewhere)
	remembered := func(state string) string {
		b, err := os.ReadFile(filepath.Join(state, "vaults", f.id()))
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	if bytes.Contains([]byte(remembered(other)), []byte(pins[2])) {
		t.Error("a locked open remembered the new pin")
	}
	f.with(func(v *vault.Vault) { verifies(t, v) }, readOnly, elsewhere)
	if !bytes.Contains([]byte(remembered(other)), []byte(pins[2])) {
		t.Error("an unlocked open did not remember the new pin")
	}
	copyDir(t, copied, f.dir)
	for _, way := range []func(*vault.Options){readOnly, locked} {
		_, err := f.tryOpen(way)
		wantCode(t, err, vault.Substituted)
		_, err = f.tryOpen(way, elsewhere)
		wantCode(t, err, vault.Substituted)
	}
}

// keepAll makes slots anew from their recipients.
func keepAll(_ context.Context, s vault.SlotInfo, _ func(crypto.Key) error) (crypto.Lock, error) {
	return crypto.Recipient(s.Recipient)
}
