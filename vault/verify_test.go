package vault_test

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/tacit-vault/tacit/store"
	"github.com/tacit-vault/tacit/vault"
)

// Every finding says what it means and names a way out, whichever it is: the
// codes are those that count as tampering.
func TestFindingsSayWhatTheyMean(t *testing.T) {
	t.Parallel()
	n := 0
	for _, code := range vault.Codes {
		if !code.Tampering() {
			continue
		}
		n++
		f := vault.NewFinding(code, "A", "something is wrong")
		if len(f.Meaning) < 40 || f.Remedy.IsZero() {
			t.Errorf("%s: %+v", code, f)
		}
	}
	if n != 15 {
		t.Errorf("%d codes of tampering", n)
	}
}

// Damage in the index hides what lies below it; what lies beside is verified,
// and what cannot be told is not called stray.
func TestVerifyBesideDamage(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.with(func(v *vault.Vault) {
		if _, err := v.Apply(t.Context(), manyChanges(200, "x"), nil); err != nil {
			t.Fatal(err)
		}
	})
	nodes := f.keys("i\x01")
	if len(nodes) != 16 {
		t.Fatalf("%d nodes below the root", len(nodes))
	}
	f.raw(func(w store.Writer) error {
		b := mustGet(t, w, []byte(nodes[3]))
		b[len(b)-1] ^= 1
		if err := w.Put([]byte(nodes[3]), b); err != nil {
			return err
		}
		if err := w.Delete([]byte(nodes[7])); err != nil {
			return err
		}
		return w.Put([]byte("s/PLANTED/0000000001/0000000002"), []byte("x"))
	})
	f.with(func(v *vault.Vault) {
		r, err := v.Verify(t.Context(), vault.VerifyOptions{Full: true})
		if err != nil {
			t.Fatal(err)
		}
		var codes []vault.Code
		for _, g := range r.Findings {
			codes = append(codes, g.Code)
		}
		// PLANTED, by its hash, lies below neither of the two.
		want := []vault.Code{vault.IndexTampered, vault.Missing, vault.Resurrected}
		if !slices.Equal(codes, want) || r.Names >= 200 || r.Names < 150 {
			t.Errorf("%d names, %+v", r.Names, r.Findings)
		}
	}, readOnly)
}

// A planted key is swept like the leavings of a batch, and does not keep a
// writer from its work.
func TestSweepForeignKeys(t *testing.T) {
	t.Parallel()
	f := attackFixture(t)
	foreign := []string{"a", "ii", "j", "k", "k/x", "l/x", "l/0000000999", "m/inbox", "pp", "s", "s/x", "s/A/1", "z\x00", "zz"}
	f.raw(func(w store.Writer) error {
		for _, key := range foreign {
			if err := w.Put([]byte(key), []byte("x")); err != nil {
				return err
			}
		}
		return nil
	})
	f.with(func(v *vault.Vault) {
		r, err := v.Verify(t.Context(), vault.VerifyOptions{})
		if err != nil || len(r.Findings) != len(foreign) {
			t.Errorf("%d findings, %v: %+v", len(r.Findings), err, r.Findings)
		}
	}, locked)
	f.raw(func(w store.Writer) error { return w.Put([]byte("p"), []byte("3")) })
	f.with(func(v *vault.Vault) {
		set(t, v, "C", "c")
		verifies(t, v)
	})
}

// Verify names all damage to the tables, also to what nobody reads any more, and does
// so before a writer refuses it.
func TestVerifyNamesWhatWritersRefuse(t *testing.T) {
	t.Parallel()
	f := attackFixture(t)
	f.with(func(v *vault.Vault) { // dead entries
		for range 3 {
			set(t, v, "A", "canary newer")
		}
		if _, err := v.Delete(t.Context(), "B", vault.DeleteOptions{}); err != nil {
			t.Fatal(err)
		}
	})
	tables, err := filepath.Glob(filepath.Join(f.dir, "db", "*.sst"))
	if err != nil || len(tables) == 0 {
		t.Fatalf("%d tables: %v", len(tables), err)
	}
	refused := 0
	for _, table := range tables {
		good, err := os.ReadFile(table)
		if err != nil {
			t.Fatal(err)
		}
		for i := 20; i < len(good); i += max(97, len(good)/12) {
			bad := bytes.Clone(good)
			bad[i] ^= 1
			if err := os.WriteFile(table, bad, 0o600); err != nil {
				t.Fatal(err)
			}
			x, err := vault.Examine(t.Context(), f.dir, f.options())
			if err != nil {
				t.Fatal(err)
			}
			r, err := x.Verify(t.Context(), vault.VerifyOptions{})
			if err != nil {
				t.Fatal(err)
			}
			if err := x.Close(); err != nil {
				t.Fatal(err)
			}
			v, err := f.tryOpen()
			if err == nil {
				v.Close()
			}
			if len(r.Findings) == 0 {
				t.Errorf("%s, byte %d of %d: nothing found, and a writer: %v", filepath.Base(table), i, len(good), err)
			}
			if err != nil {
				refused++
			}
		}
		if err := os.WriteFile(table, good, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if refused == 0 {
		t.Error("no damage that a writer refuses")
	}
}

// Where no slot is whole, no key is called the wrong one.
func TestExamineWithoutSlots(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.raw(func(w store.Writer) error {
		key := []byte("k/")
		for slot, err := range w.Keys(key, nil) {
			if err != nil {
				return err
			}
			key = slot
		}
		return w.Put(key, []byte("no slot"))
	})
	x, err := vault.Examine(t.Context(), f.dir, f.options())
	if err != nil {
		t.Fatal(err)
	}
	defer x.Close()
	wantCode(t, x.Unlock(t.Context(), f.key), vault.SlotTampered)
}
