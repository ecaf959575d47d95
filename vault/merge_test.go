package vault_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tacit-vault/tacit/crypto"
	"github.com/tacit-vault/tacit/store"
	"github.com/tacit-vault/tacit/vault"
)

const groupState = ".g-00112233445566778899aabbccddeeff"

// onEachStore runs a test on a vault in memory and on one on the disk.
func onEachStore(t *testing.T, test func(t *testing.T, f *fixture)) {
	t.Run("disk", func(t *testing.T) { test(t, newFixture(t)) })
	t.Run("memory", func(t *testing.T) { test(t, newMemoryFixture(t)) })
}

// newMemoryFixture is newFixture of a vault whose database lies in memory.
func newMemoryFixture(t *testing.T) *fixture {
	kept := store.NewMemory()
	inMemory := func(context.Context, string, store.Options) (store.Store, error) { return lasts{kept}, nil }
	f := newFixture(t, func(o *vault.CreateOptions) { o.Store = inMemory })
	f.store = inMemory
	return f
}

// lasts is a store in memory that outlives its closing.
type lasts struct{ *store.Memory }

func (lasts) Close() error { return nil }

// given is a text as another vault has it.
func given(name, value string) vault.Given {
	return vault.Given{
		Name: name, Value: vault.Text(value), Updated: time.Unix(1_600_000_000, 0),
		Attrs: []crypto.Attr{{Name: "expires", Value: "1900000000"}, {Name: "label0", Value: "env=prod"}, {Name: "origin", Value: "1"}},
	}
}

// merge makes one commit of m.
func merge(t testing.TB, v *vault.Vault, m vault.Merge) {
	t.Helper()
	if err := v.Merge(t.Context(), "merge", func(*vault.MergeView) (vault.Merge, error) { return m, nil }); err != nil {
		t.Fatal(err)
	}
}

func TestMergeStores(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(t *testing.T, f *fixture) {
		f.with(func(v *vault.Vault) {
			set(t, v, "OLD", "mine")
			before := v.Status().Seq
			merge(t, v, vault.Merge{
				Given: []vault.Given{given("NEW", "theirs"), {Name: "OLD", Deleted: true, Updated: time.Unix(1_600_000_001, 0)}},
				Own:   map[string]vault.Value{groupState: vault.Bytes([]byte("state"))},
			})
			if got := v.Status().Seq; got != before+1 {
				t.Errorf("%d commits", got-before)
			}
		})
		f.with(func(v *vault.Vault) {
			sec, err := v.Read(t.Context(), "NEW")
			if err != nil || string(sec.Value.Reveal()) != "theirs" || sec.Updated.Unix() != 1_600_000_000 ||
				sec.Expires.Unix() != 1_900_000_000 || sec.Labels["env"] != "prod" || sec.Attrs != nil {
				t.Errorf("%+v, %v", sec.Info, err)
			}
			if _, err := v.Read(t.Context(), "OLD"); !errors.Is(err, vault.NotFound) {
				t.Errorf("what was deleted: %v", err)
			}
			if own, ok, err := vault.GroupRecord(t.Context(), v, groupState); err != nil || !ok || string(own.Reveal()) != "state" {
				t.Errorf("own record: %v, %v", ok, err)
			}
			if names, err := v.Names(t.Context(), ""); err != nil || !slices.Equal(names, []string{"NEW"}) {
				t.Errorf("names %v, %v", names, err)
			}
			verifies(t, v)
		})
	})
}

// What a group keeps has no history, and a record that is deleted is not there.
func TestMergeOwnRecords(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(t *testing.T, f *fixture) {
		v := f.open()
		for _, value := range []string{"one", "two"} {
			merge(t, v, vault.Merge{Own: map[string]vault.Value{groupState: vault.Text(value), groupState + "-r-0f": vault.Text(value)}})
		}
		if records := v.Status().Records; records != 2 {
			t.Errorf("%d records", records)
		}
		merge(t, v, vault.Merge{Own: map[string]vault.Value{groupState: {}}})
		if _, ok, err := vault.GroupRecord(t.Context(), v, groupState); ok || err != nil {
			t.Errorf("it is there: %v", err)
		}
		if names, err := vault.GroupRecords(t.Context(), v); err != nil || !slices.Equal(names, []string{groupState + "-r-0f"}) {
			t.Errorf("%v, %v", names, err)
		}
		seq := v.Status().Seq
		merge(t, v, vault.Merge{Own: map[string]vault.Value{groupState: {}}})
		merge(t, v, vault.Merge{})
		if now := v.Status().Seq; now != seq {
			t.Errorf("%d commits of nothing", now-seq)
		}
		verifies(t, v)
	})
}

func TestMergeRefuses(t *testing.T) {
	t.Parallel()
	v := newFixture(t).open()
	long := given("A", "a")
	long.Attrs = []crypto.Attr{{Name: "note", Value: strings.Repeat("x", 300)}}
	critical := given("A", "a")
	critical.Attrs = []crypto.Attr{{Name: "Mode", Value: "x"}}
	late := given("A", "a")
	late.Updated = time.Unix(1<<60, 0)
	for name, m := range map[string]vault.Merge{
		"a record of ours":    {Given: []vault.Given{given(groupState, "a")}},
		"a name":              {Given: []vault.Given{given("A.B", "a")}},
		"no UTF-8":            {Given: []vault.Given{given("A", "\xff")}},
		"no kind":             {Given: []vault.Given{{Name: "A", Updated: time.Unix(1, 0)}}},
		"an attribute":        {Given: []vault.Given{long}},
		"a newer attribute":   {Given: []vault.Given{critical}},
		"a time":              {Given: []vault.Given{late}},
		"twice":               {Given: []vault.Given{given("A", "a"), given("A", "b")}},
		"not a group's":       {Own: map[string]vault.Value{".removed": vault.Text("[]")}},
		"a user's name":       {Own: map[string]vault.Value{"A": vault.Text("a")}},
		"not a record's name": {Own: map[string]vault.Value{".g-/": vault.Text("a")}},
	} {
		m.Given = append([]vault.Given{given("FIRST", "1")}, m.Given...)
		err := v.Merge(t.Context(), "merge", func(*vault.MergeView) (vault.Merge, error) { return m, nil })
		if !errors.Is(err, vault.InvalidName) && !errors.Is(err, vault.InvalidValue) {
			t.Errorf("%s: %v", name, err)
		}
	}
	stopped := errors.New("stopped")
	if err := v.Merge(t.Context(), "merge", func(*vault.MergeView) (vault.Merge, error) { return vault.Merge{}, stopped }); !errors.Is(err, stopped) {
		t.Errorf("an error of build: %v", err)
	}
	if st := v.Status(); st.Seq != 1 || st.Names != 0 {
		t.Errorf("%+v", st)
	}
}

// The vault's own limit is for what its user sets.
func TestMergeIsNotBoundByMaxValue(t *testing.T) {
	t.Parallel()
	v := newFixture(t, func(o *vault.CreateOptions) { o.Policy = vault.Policy{MaxValue: 10, History: 2} }).open()
	merge(t, v, vault.Merge{Given: []vault.Given{given("A", strings.Repeat("x", 11))}})
	if get(t, v, "A") != strings.Repeat("x", 11) {
		t.Error("another value")
	}
}

func TestMergeView(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(t *testing.T, f *fixture) {
		v := f.open()
		set(t, v, "A", "one", vault.Label("env", "dev"))
		set(t, v, "A", "two")
		set(t, v, "GONE", "x")
		set(t, v, "PURGED", "x")
		for name, purge := range map[string]bool{"GONE": false, "PURGED": true} {
			if _, err := v.Delete(t.Context(), name, vault.DeleteOptions{Purge: purge}); err != nil {
				t.Fatal(err)
			}
		}
		merge(t, v, vault.Merge{Own: map[string]vault.Value{groupState: vault.Text("s")}})
		err := v.Merge(t.Context(), "merge", func(w *vault.MergeView) (vault.Merge, error) {
			all, err := w.Versions(t.Context())
			want := []vault.NameVersion{
				{Name: "A", Version: 2},
				{Name: "GONE", Version: 2, Deleted: true},
				{Name: "PURGED", Version: 2, Deleted: true, Purged: true},
			}
			if err != nil || !slices.Equal(all, want) {
				t.Errorf("%v, %v", all, err)
			}
			if a, err := w.Version("A"); err != nil || a != want[0] {
				t.Errorf("%v, %v", a, err)
			}
			if none, err := w.Version("NONE"); err != nil || none.Version != 0 {
				t.Errorf("%v, %v", none, err)
			}
			viewReads(t, w)
			if w.Seq() != v.Status().Seq+1 || w.Now() != f.now.UTC() || w.Replica() == (crypto.Replica{}) {
				t.Errorf("%d, %v", w.Seq(), w.Now())
			}
			return vault.Merge{}, nil
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}

func viewReads(t *testing.T, w *vault.MergeView) {
	if g, err := w.Read("A"); err != nil || string(g.Value.Reveal()) != "two" || len(g.Attrs) != 1 || g.Attrs[0].Value != "env=dev" {
		t.Errorf("%v, %v", g, err)
	}
	if g, err := w.ReadVersion("A", 1); err != nil || string(g.Value.Reveal()) != "one" {
		t.Errorf("%v, %v", g, err)
	}
	if g, err := w.Read("PURGED"); err != nil || !g.Deleted || !g.Purge || g.Value.Reveal() != nil {
		t.Errorf("%v, %v", g, err)
	}
	for name, n := range map[string]uint64{"A": 3, "PURGED": 1, "NONE": 1} {
		if _, err := w.ReadVersion(name, n); !errors.Is(err, vault.NotFound) {
			t.Errorf("%s %d: %v", name, n, err)
		}
	}
	if own, ok, err := w.Own(groupState); err != nil || !ok || string(own.Reveal()) != "s" {
		t.Errorf("%v, %v", ok, err)
	}
	if _, _, err := w.Own(".removed"); !errors.Is(err, vault.InvalidName) {
		t.Error(err)
	}
}

// A purge that was given leaves no byte of the value in the vault's files.
func TestMergePurges(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.with(func(v *vault.Vault) {
		set(t, v, "A", "one")
		set(t, v, "A", "two")
	})
	sealed := f.records(f.keys("s/A/"))
	f.with(func(v *vault.Vault) {
		merge(t, v, vault.Merge{Given: []vault.Given{{Name: "A", Deleted: true, Purge: true, Updated: f.now}}})
		if list, err := v.History(t.Context(), "A"); err != nil || len(list) != 1 || !list[0].Deleted {
			t.Errorf("%v, %v", list, err)
		}
		verifies(t, v)
	})
	for key, record := range sealed {
		if onDisk(t, f.dir, record[len(record)-40:]) {
			t.Errorf("%s is still in the vault's files", key)
		}
	}
}

// A merge that no transaction holds is all or nothing, as a batch is.
func TestMergeIsABatch(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	v := f.open()
	big := vault.Merge{Own: map[string]vault.Value{groupState: vault.Bytes(make([]byte, 700<<10))}}
	for i := range 300 {
		big.Given = append(big.Given, given(fmt.Sprintf("N%06d", i), strings.Repeat("a", 9000)))
	}
	merge(t, v, big)
	if st := v.Status(); st.Seq != 2 || st.Names != 300 {
		t.Errorf("%+v", st)
	}
	sec, err := v.Read(t.Context(), "N000299")
	if err != nil || sec.Updated.Unix() != 1_600_000_000 || sec.Labels["env"] != "prod" {
		t.Errorf("%+v, %v", sec.Info, err)
	}
	verifies(t, v)
}

// Whatever Update of a merge fails, all of it is there or nothing.
func TestMergeFails(t *testing.T) {
	t.Parallel()
	for _, how := range faults {
		for n := 1; ; n++ {
			f := newMemoryFixture(t)
			v := f.open()
			set(t, v, "A", "before")
			s := failing(v, n, how)
			big := vault.Merge{Own: map[string]vault.Value{groupState: vault.Text("after")}}
			for i := range 40 {
				big.Given = append(big.Given, given(fmt.Sprintf("N%d", i), strings.Repeat("a", 60_000)))
			}
			big.Given = append(big.Given, given("A", "after"))
			err := v.Merge(t.Context(), "merge", func(*vault.MergeView) (vault.Merge, error) { return big, nil })
			reached := s.calls >= n
			v.Close()
			f.with(func(v *vault.Vault) {
				own, there, oerr := vault.GroupRecord(t.Context(), v, groupState)
				if a := get(t, v, "A"); oerr != nil || there != (a == "after") || there && string(own.Reveal()) != a {
					t.Errorf("%s at %d: A is %s, the record is there: %v, %v", how.name, n, a, there, oerr)
				}
				if st := v.Status(); st.Names != 1 && st.Names != 41 {
					t.Errorf("%s at %d: %d names", how.name, n, st.Names)
				}
				if err == nil && !there {
					t.Errorf("%s at %d: acknowledged and not there", how.name, n)
				}
				verifies(t, v)
			})
			if !reached {
				break
			}
		}
	}
}

// Between what build sees and its commit nobody else writes: counts that programs set
// meanwhile are all seen by a merge, or stand on top of it.
func TestMergeBesideSets(t *testing.T) {
	t.Parallel()
	v := newFixture(t).open()
	set(t, v, "A", "0")
	const sets, merges = 60, 60
	var wg sync.WaitGroup
	wg.Go(func() {
		for i := range sets {
			if _, err := v.Set(context.Background(), "A", vault.Text(fmt.Sprint("set ", i))); err != nil {
				t.Error(err)
			}
		}
	})
	last := vault.NameVersion{Name: "A", Version: 1}
	for i := range merges {
		err := v.Merge(t.Context(), "merge", func(w *vault.MergeView) (vault.Merge, error) {
			now, err := w.Version("A")
			if err != nil || now.Version < last.Version {
				t.Errorf("%v after %v, %v", now, last, err)
			}
			last = vault.NameVersion{Name: "A", Version: now.Version + 1}
			return vault.Merge{Given: []vault.Given{given("A", fmt.Sprint("merge ", i))}}, nil
		})
		if err != nil {
			t.Fatal(err)
		}
		sec, err := v.ReadVersion(t.Context(), "A", last.Version)
		if err != nil || string(sec.Value.Reveal()) != fmt.Sprint("merge ", i) {
			t.Errorf("version %d is not what was merged: %v", last.Version, err)
		}
	}
	wg.Wait()
	list, err := v.History(t.Context(), "A")
	if err != nil || list[0].Version != 1+sets+merges {
		t.Errorf("%+v, %v", list[0], err)
	}
}
