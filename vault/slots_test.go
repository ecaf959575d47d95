package vault_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tacit-vault/tacit/crypto"
	"github.com/tacit-vault/tacit/vault"
)

func phraseLock(t testing.TB, text string) *crypto.Passphrase {
	t.Helper()
	p, err := crypto.NewPassphrase([]byte(text), crypto.WithWorkFactor(4))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func withKeys(keys ...crypto.Key) func(*vault.Options) {
	return func(o *vault.Options) { o.Keys = keys }
}

// A slot that was added opens the vault alone, one that was removed does not,
// and ids are never given twice.
func TestSlots(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	one, two := phraseLock(t, "one"), phraseLock(t, "two")
	f.with(func(v *vault.Vault) {
		set(t, v, "A", "1")
		info, err := v.AddSlot(t.Context(), vault.NewSlot{Label: "phrase", Lock: one})
		if err != nil || info.ID != 2 || info.Kind != "passphrase" || info.Label != "phrase" {
			t.Fatalf("%+v, %v", info, err)
		}
		_, err = v.AddSlot(t.Context(), vault.NewSlot{Label: "phrase", Lock: two})
		wantCode(t, err, vault.Exists)
		for _, label := range []string{"", "Upper", "a b", "../x", strings.Repeat("a", 41)} {
			_, err = v.AddSlot(t.Context(), vault.NewSlot{Label: label, Lock: two})
			wantCode(t, err, vault.InvalidValue)
		}
	})
	f.with(func(v *vault.Vault) {
		if get(t, v, "A") != "1" {
			t.Error("not the value")
		}
		info, err := v.ReplaceSlot(t.Context(), "phrase", two)
		if err != nil || info.ID != 3 || info.Label != "phrase" {
			t.Fatalf("%+v, %v", info, err)
		}
		_, err = v.ReplaceSlot(t.Context(), "nobody", two)
		wantCode(t, err, vault.NotFound)
		verifies(t, v)
	}, withKeys(one))
	_, err := f.tryOpen(withKeys(one))
	wantCode(t, err, vault.WrongKey)
	f.with(func(v *vault.Vault) {
		if _, err := v.RemoveSlot(t.Context(), "identity"); err != nil {
			t.Fatal(err)
		}
		_, err := v.RemoveSlot(t.Context(), "phrase")
		wantCode(t, err, vault.InvalidValue) // the last one
		_, err = v.RemoveSlot(t.Context(), "identity")
		wantCode(t, err, vault.NotFound)
		verifies(t, v)
	}, withKeys(two))
	_, err = f.tryOpen()
	wantCode(t, err, vault.WrongKey)
	entries, err := os.ReadDir(filepath.Join(f.dir, "slots"))
	if err != nil || len(entries) != 1 || entries[0].Name() != "03-phrase.age" {
		t.Errorf("copies: %v, %v", entries, err)
	}
}

func TestSlotLimits(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.with(func(v *vault.Vault) {
		for i := range crypto.MaxPassphraseSlots {
			lock := crypto.Lock(phraseLock(t, "x"))
			if i == 0 { // a recovery key counts too
				var err error
				if lock, err = crypto.NewRecovery([]byte("some words"), crypto.WithWorkFactor(4)); err != nil {
					t.Fatal(err)
				}
			}
			if _, err := v.AddSlot(t.Context(), vault.NewSlot{Label: fmt.Sprintf("p%d", i), Lock: lock}); err != nil {
				t.Fatal(err)
			}
		}
		_, err := v.AddSlot(t.Context(), vault.NewSlot{Label: "more", Lock: phraseLock(t, "x")})
		wantCode(t, err, vault.InvalidValue)
		for n := len(v.Status().Slots); n < crypto.MaxSlots; n++ {
			_, lock := newKey(t, false)
			if _, err := v.AddSlot(t.Context(), vault.NewSlot{Label: fmt.Sprintf("a%d", n), Lock: lock}); err != nil {
				t.Fatal(err)
			}
		}
		_, lock := newKey(t, false)
		_, err = v.AddSlot(t.Context(), vault.NewSlot{Label: "more", Lock: lock})
		wantCode(t, err, vault.InvalidValue)
		verifies(t, v)
	})
}

// A post-quantum vault takes no weaker slot, however it comes.
func TestSlotsPostQuantum(t *testing.T) {
	t.Parallel()
	f := newFixture(t, func(o *vault.CreateOptions) { o.PostQuantum = true })
	_, classic := newKey(t, false)
	_, hybrid := newKey(t, true)
	f.with(func(v *vault.Vault) {
		_, err := v.AddSlot(t.Context(), vault.NewSlot{Label: "x", Lock: classic})
		wantCode(t, err, vault.InvalidValue)
		_, err = v.ReplaceSlot(t.Context(), "identity", classic)
		wantCode(t, err, vault.InvalidValue)
		if _, err := v.AddSlot(t.Context(), vault.NewSlot{Label: "x", Lock: hybrid}); err != nil {
			t.Error(err)
		}
	})
}

// Locked, read-only and closed vaults change no slots.
func TestSlotsRefused(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	_, lock := newKey(t, false)
	for want, way := range map[vault.Code]func(*vault.Options){
		vault.ReadOnly: readOnly,
		vault.Locked:   func(o *vault.Options) { o.Keys = nil },
	} {
		f.with(func(v *vault.Vault) {
			_, err := v.AddSlot(t.Context(), vault.NewSlot{Label: "x", Lock: lock})
			wantCode(t, err, want)
			_, err = v.ReplaceSlot(t.Context(), "identity", lock)
			wantCode(t, err, want)
			_, err = v.RemoveSlot(t.Context(), "identity")
			wantCode(t, err, want)
			_, err = v.Rotate(t.Context(), vault.RotateOptions{})
			wantCode(t, err, want)
		}, way)
	}
}

// What a removed slot could have read stays on the list until its value is
// another: through copies, new names, old versions that come back, deletion and
// re-creation, and a rotation.
func TestExposed(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	_, extra := newKey(t, false)
	names := func(v *vault.Vault) (list []string) {
		t.Helper()
		all, err := v.Exposed(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, x := range all {
			list = append(list, x.Name+":"+strings.Join(x.By, "+"))
		}
		return list
	}
	is := func(v *vault.Vault, want ...string) {
		t.Helper()
		if got := names(v); !slices.Equal(got, want) {
			t.Errorf("exposed: %v, want %v", got, want)
		}
	}
	f.with(func(v *vault.Vault) {
		for _, name := range []string{"A", "B", "C", "D"} {
			set(t, v, name, "1")
		}
		is(v)
		for _, label := range []string{"bob", "eve"} {
			if _, err := v.AddSlot(t.Context(), vault.NewSlot{Label: label, Lock: extra}); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := v.RemoveSlot(t.Context(), "bob"); err != nil {
			t.Fatal(err)
		}
		set(t, v, "NEW", "after bob")
		is(v, "A:bob", "B:bob", "C:bob", "D:bob")
		set(t, v, "A", "2")
		is(v, "B:bob", "C:bob", "D:bob")
		if _, err := v.RemoveSlot(t.Context(), "eve"); err != nil {
			t.Fatal(err)
		}
		is(v, "A:eve", "B:bob+eve", "C:bob+eve", "D:bob+eve", "NEW:eve")
		if _, err := v.Copy(t.Context(), "B", "B2", false); err != nil {
			t.Fatal(err)
		}
		if _, err := v.Rename(t.Context(), "C", "C2", false); err != nil {
			t.Fatal(err)
		}
		set(t, v, "A", "3")
		if _, err := v.Rollback(t.Context(), "A", 1); err != nil {
			t.Fatal(err)
		}
		is(v, "A:bob+eve", "B:bob+eve", "B2:bob+eve", "C2:bob+eve", "D:bob+eve", "NEW:eve")
		rotate(t, v, vault.RotateOptions{})
		is(v, "A:bob+eve", "B:bob+eve", "B2:bob+eve", "C2:bob+eve", "D:bob+eve", "NEW:eve")
		for _, name := range []string{"A", "B", "B2", "C2", "NEW"} {
			set(t, v, name, "fresh")
		}
		if _, err := v.Delete(t.Context(), "D", vault.DeleteOptions{}); err != nil {
			t.Fatal(err)
		}
		is(v)
		set(t, v, "D", "again")
		is(v)
		removed, err := v.Removed(t.Context())
		if err != nil || len(removed) != 2 || removed[1].Label != "eve" || removed[1].Recipient != extra.Public() {
			t.Errorf("%+v, %v", removed, err)
		}
		sec, err := v.Read(t.Context(), "A")
		if err != nil || len(sec.Attrs) != 0 {
			t.Errorf("attributes %v, %v", sec.Attrs, err)
		}
		if list, err := v.List(t.Context(), vault.ListOptions{}); err != nil || len(list) != 6 {
			t.Errorf("what is ours is listed: %v, %v", list, err)
		}
		verifies(t, v)
	})
}

// A drill tells for each slot whether a key at hand opens it, and remembers.
func TestDrill(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	phrase := phraseLock(t, "phrase")
	f.with(func(v *vault.Vault) {
		set(t, v, "A", "1")
		if _, err := v.AddSlot(t.Context(), vault.NewSlot{Label: "phrase", Lock: phrase}); err != nil {
			t.Fatal(err)
		}
		_, away := newKey(t, false)
		if _, err := v.AddSlot(t.Context(), vault.NewSlot{Label: "away", Lock: away}); err != nil {
			t.Fatal(err)
		}
		f.now = f.now.Add(100 * time.Hour)
		results, report, err := v.Drill(t.Context(), []crypto.Key{f.key, phrase}, vault.DrillOptions{})
		if err != nil || len(results) != 3 || report.Records == 0 || len(report.Findings) > 0 {
			t.Fatalf("%+v, %+v, %v", results, report, err)
		}
		for i, want := range []bool{true, true, false} {
			if results[i].Opened != want || results[i].Err != nil {
				t.Errorf("%+v", results[i])
			}
		}
		slots, err := v.Slots(t.Context())
		if err != nil || !slots[0].Drilled.Equal(f.now) || !slots[1].Drilled.Equal(f.now) || !slots[2].Drilled.IsZero() {
			t.Errorf("%+v, %v", slots, err)
		}
	})
	f.with(func(v *vault.Vault) {
		slots, err := v.Slots(t.Context())
		if err != nil || !slots[0].Drilled.IsZero() || slots[0].Used.IsZero() || !slots[1].Used.IsZero() {
			t.Errorf("locked: %+v, %v", slots, err)
		}
	}, locked)
}

// A key that cannot be tried does not keep the next one from being tried, and
// is told of where none fits.
func TestUnavailableKeys(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	away := unavailable{}
	f.with(func(*vault.Vault) {}, withKeys(away, f.key))
	_, err := f.tryOpen(withKeys(away))
	wantCode(t, err, vault.WrongKey)
	if !errors.Is(err, crypto.ErrUnavailable) {
		t.Errorf("%v", err)
	}
}

type unavailable struct{}

func (unavailable) Name() string { return "a key that is away" }

func (unavailable) Unwrap(context.Context, crypto.Slot, []byte) ([]byte, error) {
	return nil, fmt.Errorf("%w: it is at home", crypto.ErrUnavailable)
}

// While a vault is suspended others may have it; what they did is there when it
// is resumed, and another vault in its place is not taken for it.
func TestSuspend(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	v := f.open()
	set(t, v, "A", "1")
	if err := v.Suspend(t.Context()); err != nil {
		t.Fatal(err)
	}
	_, err := v.Read(t.Context(), "A")
	wantCode(t, err, vault.Busy)
	_, err = v.Set(t.Context(), "A", vault.Text("2"))
	wantCode(t, err, vault.Busy)
	f.with(func(w *vault.Vault) { set(t, w, "A", "theirs") })
	if err := v.Resume(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := get(t, v, "A"); got != "theirs" {
		t.Errorf("A is %s", got)
	}
	set(t, v, "A", "ours")
	if err := errors.Join(v.Suspend(t.Context()), v.Suspend(t.Context())); err != nil {
		t.Fatal(err)
	}
	f.with(func(w *vault.Vault) { rotate(t, w, vault.RotateOptions{}) })
	wantCode(t, v.Resume(t.Context()), vault.Locked)
	if err := v.Alive(); err != nil {
		t.Error(err)
	}
	if err := os.Rename(f.dir, f.dir+".away"); err != nil {
		t.Fatal(err)
	}
	wantCode(t, v.Alive(), vault.VaultMissing)
	if err := os.CopyFS(f.dir, os.DirFS(f.dir+".away")); err != nil {
		t.Fatal(err)
	}
	wantCode(t, v.Alive(), vault.Substituted)
	wantCode(t, v.Resume(t.Context()), vault.Substituted)
	if err := v.Close(); err != nil {
		t.Error(err)
	}
	if _, err := os.Lstat(filepath.Join(f.dir, "VAULT")); errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
}
