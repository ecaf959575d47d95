package vault_test

import (
	"fmt"
	"reflect"
	"slices"
	"testing"

	"github.com/tacit-vault/tacit/store"
	"github.com/tacit-vault/tacit/vault"
)

func TestListAndFindWhileLocked(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.with(func(v *vault.Vault) {
		var changes []vault.Change
		for i := range 100 {
			changes = append(changes, vault.Change{Name: fmt.Sprintf("APP_%02d", i), Value: vault.Text("xyz")})
		}
		changes = append(changes, vault.Change{Name: "DB_PASSWORD", Value: vault.Text("x")})
		if _, err := v.Apply(t.Context(), changes, nil); err != nil {
			t.Fatal(err)
		}
		if _, err := v.Delete(t.Context(), "APP_50", vault.DeleteOptions{}); err != nil {
			t.Fatal(err)
		}
	})
	v := f.open(locked)
	ctx := t.Context()
	var paged []string
	for after := ""; ; {
		page, err := v.List(ctx, vault.ListOptions{Prefix: "APP_", After: after, Limit: 7})
		if err != nil {
			t.Fatal(err)
		}
		if len(page) == 0 {
			break
		}
		for _, i := range page {
			paged = append(paged, i.Name)
		}
		after = paged[len(paged)-1]
	}
	if len(paged) != 99 || !slices.IsSorted(paged) {
		t.Errorf("paged through %d names: %v", len(paged), paged)
	}
	all, err := v.List(ctx, vault.ListOptions{Deleted: true, Details: true})
	if err != nil || len(all) != 101 {
		t.Fatalf("%d names, %v", len(all), err)
	}
	if d := all[100]; d.Name != "DB_PASSWORD" || d.Size != 1 || !d.Updated.Equal(f.now) {
		t.Errorf("details %+v", d)
	}
	found, err := v.Find(ctx, "password", false)
	if err != nil || len(found) != 1 {
		t.Errorf("found %v, %v", found, err)
	}
	found, err = v.Find(ctx, "dbpw", true)
	if err != nil || len(found) != 1 || found[0].Name != "DB_PASSWORD" {
		t.Errorf("fuzzily found %v, %v", found, err)
	}
	_, err = v.Read(ctx, "DB_PASSWORD")
	wantCode(t, err, vault.Locked)
	_, err = v.ReadAll(ctx)
	wantCode(t, err, vault.Locked)
	verifies(t, v)
}

func TestReadAll(t *testing.T) {
	t.Parallel()
	v := newFixture(t).open()
	for _, name := range []string{"C", "A", "B"} {
		set(t, v, name, "value of "+name)
	}
	if _, err := v.Delete(t.Context(), "B", vault.DeleteOptions{}); err != nil {
		t.Fatal(err)
	}
	all, err := v.ReadAll(t.Context())
	if err != nil || len(all) != 2 || all[0].Name != "A" || string(all[1].Value.Reveal()) != "value of C" {
		t.Errorf("%v, %v", all, err)
	}
	_, err = v.ReadAll(t.Context(), "A", "B")
	wantCode(t, err, vault.NotFound)

	// After a list of the same state its entries are used, and of no other.
	if _, err := v.List(t.Context(), vault.ListOptions{}); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"B", "D"} {
		_, err = v.ReadAll(t.Context(), "A", name)
		wantCode(t, err, vault.NotFound)
	}
	set(t, v, "A", "another")
	set(t, v, "B", "again")
	all, err = v.ReadAll(t.Context(), "B", "A")
	if err != nil || len(all) != 2 || string(all[0].Value.Reveal()) != "again" || string(all[1].Value.Reveal()) != "another" {
		t.Errorf("%v, %v", all, err)
	}
}

// A hint lists what a list does, and neither what was deleted nor what somebody put
// beside the vault's records.
func TestListHint(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.with(func(v *vault.Vault) {
		for i, prefix := range []string{"APP_", "APP-", "B"} {
			changes := manyChanges(50+i*1200, "x")
			for i := range changes {
				changes[i].Name = prefix + changes[i].Name
			}
			if _, err := v.Apply(t.Context(), changes, nil); err != nil {
				t.Fatal(err)
			}
		}
		set(t, v, "APP_N000007", "another version")
		if _, err := v.Delete(t.Context(), "APP_N000005", vault.DeleteOptions{}); err != nil {
			t.Fatal(err)
		}
	})
	f.raw(func(w store.Writer) error {
		return w.Put([]byte("s/APP_PLANTED/0000000001/0000000001"), []byte("x"))
	})
	f.with(func(v *vault.Vault) {
		for _, prefix := range []string{"", "A", "APP", "APP_", "APP_N00000", "APP_N000005", "B", "NONE"} {
			for _, deleted := range []bool{false, true} {
				o := vault.ListOptions{Prefix: prefix, Deleted: deleted}
				want, err := v.List(t.Context(), o)
				if err != nil {
					t.Fatal(err)
				}
				o.Hint = true
				got, err := v.List(t.Context(), o)
				if err != nil || !reflect.DeepEqual(got, want) {
					t.Errorf("%q: %d names, want %d: %v", prefix, len(got), len(want), err)
				}
			}
		}
	}, locked)
}

// Names lists what List does, and keeps little beside the names.
func TestListNames(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.with(func(v *vault.Vault) {
		if _, err := v.Apply(t.Context(), manyChanges(3000, "x"), nil); err != nil {
			t.Fatal(err)
		}
		if _, err := v.Delete(t.Context(), "N000007", vault.DeleteOptions{}); err != nil {
			t.Fatal(err)
		}
	})
	v := f.open(locked)
	for _, prefix := range []string{"", "N", "N00001", "N000007", "NONE"} {
		infos, err := v.List(t.Context(), vault.ListOptions{Prefix: prefix})
		if err != nil {
			t.Fatal(err)
		}
		names, err := v.Names(t.Context(), prefix)
		if err != nil || len(names) != len(infos) {
			t.Fatalf("%q: %d names of %d: %v", prefix, len(names), len(infos), err)
		}
		for i := range names {
			if names[i] != infos[i].Name {
				t.Errorf("%q: %s, want %s", prefix, names[i], infos[i].Name)
			}
		}
	}
}
