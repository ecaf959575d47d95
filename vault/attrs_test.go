package vault_test

import (
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/tacit-vault/tacit/crypto"
	"github.com/tacit-vault/tacit/store"
	"github.com/tacit-vault/tacit/vault"
)

var tomorrow = time.Unix(1_700_086_400, 0).UTC()

// wantAttributes asks what List, History and Read tell of a secret's current
// version, without a key where none is needed.
func wantAttributes(t *testing.T, v *vault.Vault, name string, expires time.Time, labels map[string]string) {
	t.Helper()
	list, err := v.List(t.Context(), vault.ListOptions{Prefix: name, Limit: 1, Details: true})
	if err != nil || len(list) != 1 || list[0].Name != name {
		t.Fatalf("%v, %v", list, err)
	}
	infos := map[string]vault.Info{"list": list[0]}
	history, err := v.History(t.Context(), name)
	if err != nil {
		t.Fatal(err)
	}
	infos["history"] = history[0]
	if v.Unlocked() {
		sec, err := v.Read(t.Context(), name)
		if err != nil {
			t.Fatal(err)
		}
		infos["read"] = sec.Info
	}
	for from, i := range infos {
		if !i.Expires.Equal(expires) || !maps.Equal(i.Labels, labels) || len(i.Attrs) != 0 {
			t.Errorf("%s %s: expires %v, labels %v, others %v; want %v, %v", from, name, i.Expires, i.Labels, i.Attrs, expires, labels)
		}
	}
}

// A new version keeps what the one before it had, but for what is said.
func TestAttributes(t *testing.T) {
	t.Parallel()
	never := time.Time{}
	f := newFixture(t)
	f.with(func(v *vault.Vault) {
		set(t, v, "A", "1", vault.Expires(tomorrow.Add(300*time.Millisecond)), vault.Label("env", "prod, eu"), vault.Label("a.b_c-d", "ä"))
		wantAttributes(t, v, "A", tomorrow, map[string]string{"env": "prod, eu", "a.b_c-d": "ä"})
		set(t, v, "A", "2")
		wantAttributes(t, v, "A", tomorrow, map[string]string{"env": "prod, eu", "a.b_c-d": "ä"})
		set(t, v, "A", "3", vault.Label("env", ""), vault.Label("owner", "kim"), vault.Label("nothing", ""))
		wantAttributes(t, v, "A", tomorrow, map[string]string{"a.b_c-d": "ä", "owner": "kim"})
		info := set(t, v, "A", "4", vault.Expires(never))
		if !info.Expires.IsZero() || info.Labels["owner"] != "kim" {
			t.Errorf("%+v", info)
		}
		wantAttributes(t, v, "A", never, map[string]string{"a.b_c-d": "ä", "owner": "kim"})
		if _, err := v.Rollback(t.Context(), "A", 2); err != nil {
			t.Fatal(err)
		}
		wantAttributes(t, v, "A", tomorrow, map[string]string{"env": "prod, eu", "a.b_c-d": "ä"})
		if _, err := v.Copy(t.Context(), "A", "B", false); err != nil {
			t.Fatal(err)
		}
		if _, err := v.Rename(t.Context(), "B", "C", false); err != nil {
			t.Fatal(err)
		}
		verifies(t, v)
	})
	want := map[string]string{"env": "prod, eu", "a.b_c-d": "ä"}
	f.with(func(v *vault.Vault) {
		wantAttributes(t, v, "A", tomorrow, want)
		wantAttributes(t, v, "C", tomorrow, want)
		// What is rotated, backed up and put back has them, older versions too.
		rotate(t, v, vault.RotateOptions{})
		wantAttributes(t, v, "C", tomorrow, want)
		old, err := v.ReadVersion(t.Context(), "A", 3)
		if err != nil || !maps.Equal(old.Labels, map[string]string{"a.b_c-d": "ä", "owner": "kim"}) {
			t.Errorf("%v, %v", old.Info, err)
		}
	})
	f.with(func(v *vault.Vault) { wantAttributes(t, v, "C", tomorrow, want) }, locked)
}

// A name that was deleted begins anew, and comes back with what it had.
func TestAttributesOfDeleted(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.with(func(v *vault.Vault) {
		set(t, v, "A", "1", vault.Expires(tomorrow), vault.Label("k", "v"))
		if _, err := v.Delete(t.Context(), "A", vault.DeleteOptions{}); err != nil {
			t.Fatal(err)
		}
		set(t, v, "A", "3")
		wantAttributes(t, v, "A", time.Time{}, nil)
		if _, err := v.Rollback(t.Context(), "A", 1); err != nil {
			t.Fatal(err)
		}
		wantAttributes(t, v, "A", tomorrow, map[string]string{"k": "v"})
	})
}

// The attributes change and the value stays: who could read it still could.
func TestKeepValue(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	_, lock := newKey(t, false)
	f.with(func(v *vault.Vault) {
		if _, err := v.Set(t.Context(), "A", vault.Bytes([]byte{1, 0xff})); err != nil {
			t.Fatal(err)
		}
		set(t, v, "HOTP", "counter=1")
		if _, err := v.AddSlot(t.Context(), vault.NewSlot{Label: "lost", Lock: lock}); err != nil {
			t.Fatal(err)
		}
		if _, err := v.RemoveSlot(t.Context(), "lost"); err != nil {
			t.Fatal(err)
		}
		info, err := v.Set(t.Context(), "A", vault.Value{}, vault.KeepValue(), vault.Label("k", "v"))
		if err != nil || info.Version != 2 || info.Kind != "bytes" || info.Size != 2 {
			t.Fatalf("%+v, %v", info, err)
		}
		set(t, v, "HOTP", "counter=2", vault.SameWorth())
		sec, err := v.Read(t.Context(), "A")
		if err != nil || !slices.Equal(sec.Value.Reveal(), []byte{1, 0xff}) || sec.Labels["k"] != "v" {
			t.Fatalf("%v, %v", sec.Info, err)
		}
		exposed, err := v.Exposed(t.Context())
		if err != nil || len(exposed) != 2 || exposed[0].Name != "A" || exposed[1].Name != "HOTP" {
			t.Fatalf("%v, %v", exposed, err)
		}
		set(t, v, "A", "another")
		set(t, v, "HOTP", "another")
		if exposed, err := v.Exposed(t.Context()); err != nil || len(exposed) != 0 {
			t.Fatalf("%v, %v", exposed, err)
		}
		_, err = v.Set(t.Context(), "NONE", vault.Value{}, vault.KeepValue())
		wantCode(t, err, vault.NotFound)
		verifies(t, v)
	})
}

// The largest labels there can be fit into a record of either suite, through
// copies and rotations; one more is refused, and nothing is changed.
func TestAttributeLimits(t *testing.T) {
	t.Parallel()
	for _, pq := range []bool{false, true} {
		f := newFixture(t, func(o *vault.CreateOptions) { o.PostQuantum = pq })
		name := strings.Repeat("N", 100)
		most := []vault.SetOption{vault.Expires(vault.MaxExpires)}
		// Ten labels; 768 bytes in all: 10 keys of 32, and 448 of values.
		labels := map[string]string{}
		for i := range vault.MaxLabels {
			key := strings.Repeat("k", vault.MaxLabelKey-1) + strconv.Itoa(i)
			labels[key] = strings.Repeat("v", 44)
			if i == 0 {
				labels[key] = strings.Repeat("v", 52)
			}
			most = append(most, vault.Label(key, labels[key]))
		}
		f.with(func(v *vault.Vault) {
			set(t, v, name, "value", most...)
			if _, err := v.Copy(t.Context(), name, "COPY", false); err != nil {
				t.Fatal(err)
			}
			rotate(t, v, vault.RotateOptions{})
			wantAttributes(t, v, name, vault.MaxExpires, labels)
			seq := v.Status().Seq
			for what, o := range map[string][]vault.SetOption{
				"eleven labels":  append(slices.Clone(most), vault.Label("k", "v")),
				"a byte more":    append(slices.Clone(most), vault.Label(strings.Repeat("k", 31)+"1", strings.Repeat("v", 45))),
				"escaped":        {vault.Label(strings.Repeat("k", 31)+"1", strings.Repeat("v", 42)+"ä")},
				"value too long": {vault.Label("k", strings.Repeat("v", 65))},
				"two lines":      {vault.Label("k", "a\nb")},
				"not UTF-8":      {vault.Label("k", "\xff")},
				"turned around":  {vault.Label("k", "\u202e")},
				"no key":         {vault.Label("", "v")},
				"key too long":   {vault.Label(strings.Repeat("k", 33), "v")},
				"upper case":     {vault.Label("K", "v")},
				"equals":         {vault.Label("a=b", "v")},
				"year 10000":     {vault.Expires(vault.MaxExpires.Add(time.Second))},
				"before 1970":    {vault.Expires(time.Unix(-1, 0))},
			} {
				_, err := v.Set(t.Context(), name, vault.Text("x"), o...)
				if vault.CodeOf(err) != vault.InvalidValue {
					t.Errorf("%s: %v", what, err)
				}
			}
			if v.Status().Seq != seq {
				t.Error("what was refused was committed")
			}
		})
	}
}

// What another version of tacit has written, or nobody could, is kept as it is
// and passes for nothing.
func TestForeignAttributes(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	odd := map[string]string{"expires": "soon", "label0": "no equals", "label1": "K=v", "label2": "a=1", "label9x": "b=1", "note": "x"}
	f.with(func(v *vault.Vault) {
		_, err := v.Adopt(t.Context(), []vault.Adopted{{Name: "A", Kind: crypto.Text, Plain: []byte("x"), Attrs: odd, Updated: f.now}}, nil)
		if err != nil {
			t.Fatal(err)
		}
		set(t, v, "A", "y", vault.Label("b", "2"), vault.Expires(tomorrow))
		sec, err := v.Read(t.Context(), "A")
		if err != nil {
			t.Fatal(err)
		}
		if !maps.Equal(sec.Labels, map[string]string{"a": "1", "b": "2"}) || !sec.Expires.Equal(tomorrow) ||
			!maps.Equal(sec.Attrs, map[string]string{"label0": "no equals", "label1": "K=v", "label9x": "b=1", "note": "x"}) {
			t.Errorf("%+v", sec.Info)
		}
		verifies(t, v)
	})
}

// Attributes that were changed on the disk are found out without a key.
func TestAttributesAreProven(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.with(func(v *vault.Vault) { set(t, v, "A", "x", vault.Expires(tomorrow), vault.Label("env", "prod")) })
	f.with(func(v *vault.Vault) { set(t, v, "A", "x", vault.Expires(tomorrow), vault.Label("env", "test")) })
	keys := f.keys("s/A/0000000002/")
	record := f.rawGet(keys[0])
	changed := []byte(strings.Replace(string(record), "env%3Dtest", "env%3Dprod", 1))
	if string(changed) == string(record) {
		t.Fatal("the label is not in the record")
	}
	f.raw(func(w store.Writer) error { return w.Put([]byte(keys[0]), changed) })
	f.with(func(v *vault.Vault) {
		_, err := v.List(t.Context(), vault.ListOptions{Details: true})
		wantCode(t, err, vault.Forged)
	}, locked)
	// A new value keeps nothing that is not proven.
	f.with(func(v *vault.Vault) {
		_, err := v.Set(t.Context(), "A", vault.Text("y"))
		wantCode(t, err, vault.Forged)
	})
}
