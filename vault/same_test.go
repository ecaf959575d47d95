package vault_test

import (
	"testing"

	"github.com/tacit-vault/tacit/vault"
)

// What is there already is no new version where the caller asks for that: no commit
// is made, and what a removed slot could read stays exposed.
func TestSkipSame(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	_, lock := newKey(t, false)
	f.with(func(v *vault.Vault) {
		set(t, v, "A", "1")
		set(t, v, "B", "1", vault.Label("env", "prod"))
		if _, err := v.AddSlot(t.Context(), vault.NewSlot{Label: "lost", Lock: lock}); err != nil {
			t.Fatal(err)
		}
		if _, err := v.RemoveSlot(t.Context(), "lost"); err != nil {
			t.Fatal(err)
		}
		before := v.Status()
		for name, options := range map[string][]vault.SetOption{
			"A": nil,
			"B": {vault.Label("env", "prod")},
		} {
			if info := set(t, v, name, "1", append(options, vault.SkipSame())...); info.Version != 1 || !info.Unchanged || info.Size != 1 {
				t.Errorf("%+v", info)
			}
		}
		if now := v.Status(); now.Seq != before.Seq {
			t.Errorf("%d commits, there were %d", now.Seq, before.Seq)
		}
		if info := set(t, v, "A", "1", vault.SkipSame(), vault.Label("k", "v")); info.Version != 2 || info.Unchanged {
			t.Errorf("%+v", info)
		}
		if exposed, err := v.Exposed(t.Context()); err != nil || len(exposed) != 2 {
			t.Errorf("%v, %v", exposed, err)
		}
		if info := set(t, v, "A", "1"); info.Version != 3 || info.Unchanged {
			t.Errorf("without the option: %+v", info)
		}
		_, err := v.Set(t.Context(), "A", vault.Text("1"), vault.SkipSame(), vault.IfVersion(2))
		wantCode(t, err, vault.Conflict)
		_, err = v.Set(t.Context(), "A", vault.Text("1"), vault.SkipSame(), vault.IfAbsent())
		wantCode(t, err, vault.Exists)
		mixed(t, v)
		verifies(t, v)
	})
}

// mixed changes some of a batch: each Info is of its change, in order.
func mixed(t *testing.T, v *vault.Vault) {
	infos, err := v.Apply(t.Context(), []vault.Change{
		{Name: "B", Value: vault.Text("1"), SkipSame: true},
		{Name: "C", Value: vault.Text("1"), SkipSame: true},
		{Name: "A", Value: vault.Bytes([]byte("1")), SkipSame: true},
		{Name: "NONE", Value: vault.Text("1"), If: vault.Always, SkipSame: true},
	}, nil)
	if err != nil || len(infos) != 4 {
		t.Fatalf("%v, %v", infos, err)
	}
	for i, want := range []vault.Info{
		{Name: "B", Version: 1, Unchanged: true},
		{Name: "C", Version: 1},
		{Name: "A", Version: 4}, // another kind
		{Name: "NONE", Version: 1},
	} {
		if got := infos[i]; got.Name != want.Name || got.Version != want.Version || got.Unchanged != want.Unchanged {
			t.Errorf("%+v, want %+v", got, want)
		}
	}
	again, err := v.Apply(t.Context(), []vault.Change{
		{Name: "B", Value: vault.Text("1"), SkipSame: true},
		{Name: "B", Value: vault.Text("1"), SkipSame: true},
	}, nil)
	if again != nil {
		t.Errorf("%v", again)
	}
	wantCode(t, err, vault.InvalidValue)
}
