package vault_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tacit-vault/tacit/crypto"
	"github.com/tacit-vault/tacit/vault"
)

func TestSetAndRead(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.with(func(v *vault.Vault) {
		info := set(t, v, "API_KEY", "one")
		if info.Version != 1 || info.Kind != "text" || info.Size != 3 || !info.Updated.Equal(f.now) {
			t.Errorf("info %+v", info)
		}
		if info := set(t, v, "API_KEY", "two"); info.Version != 2 {
			t.Errorf("second version is %d", info.Version)
		}
		set(t, v, "EMPTY", "")
	})
	f.with(func(v *vault.Vault) {
		if got := get(t, v, "API_KEY"); got != "two" {
			t.Errorf("got %q", got)
		}
		if got := get(t, v, "EMPTY"); got != "" {
			t.Errorf("empty value is %q", got)
		}
		_, err := v.Read(t.Context(), "ABSENT")
		wantCode(t, err, vault.NotFound)
		verifies(t, v)
	}, readOnly)
}

func TestKindsComeBack(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	json, err := vault.JSON([]byte(` { "b" : 1.50, "a" : [ 12345678901234567890 ] } `))
	if err != nil {
		t.Fatal(err)
	}
	v := f.open()
	for name, c := range map[string]struct {
		value vault.Value
		want  string
	}{
		"TEXT":  {vault.Text("a\n"), "a\n"},
		"JSON":  {json, `{"b":1.50,"a":[12345678901234567890]}`},
		"BYTES": {vault.Bytes([]byte{0, 255, 10}), "\x00\xff\n"},
		"LARGE": {vault.Text(strings.Repeat("€", 10_000)), strings.Repeat("€", 10_000)},
	} {
		if _, err := v.Set(t.Context(), name, c.value); err != nil {
			t.Fatal(err)
		}
		sec, err := v.Read(t.Context(), name)
		if err != nil {
			t.Fatal(err)
		}
		if string(sec.Value.Reveal()) != c.want || sec.Value.Kind() != c.value.Kind() {
			t.Errorf("%s did not come back", name)
		}
	}
	verifies(t, v)
}

func TestNames(t *testing.T) {
	t.Parallel()
	v := newFixture(t).open()
	for _, name := range []string{
		"", strings.Repeat("a", 101), "a b", "a/b", "[", "a\x00", "аdmin", "é", "a.b", ".a", "^", "`", "\\", "_\n",
	} {
		_, err := v.Set(t.Context(), name, vault.Text("x"))
		wantCode(t, err, vault.InvalidName)
		_, err = v.Read(t.Context(), name)
		wantCode(t, err, vault.InvalidName)
		_, err = v.Delete(t.Context(), name, vault.DeleteOptions{})
		wantCode(t, err, vault.InvalidName)
	}
	for _, name := range []string{"a", strings.Repeat("a", 100), "-", "--x", "_", "0"} {
		set(t, v, name, name)
		if get(t, v, name) != name {
			t.Errorf("%s did not come back", name)
		}
	}
}

func TestValueLimits(t *testing.T) {
	t.Parallel()
	v := newFixture(t).open()
	emoji := "😀" // two UTF-16 units
	object := func(n int) vault.Value {
		value, err := vault.JSON([]byte(`{"k":"` + strings.Repeat("a", n-8) + `"}`))
		if err != nil {
			t.Fatal(err)
		}
		return value
	}
	for i, c := range []struct {
		value vault.Value
		ok    bool
	}{
		{vault.Text(strings.Repeat("a", 10_000)), true},
		{vault.Text(strings.Repeat("a", 10_001)), false},
		{vault.Text(strings.Repeat("€", 10_000)), true},
		{vault.Text(strings.Repeat("€", 10_001)), false},
		{vault.Text(strings.Repeat(emoji, 5_000)), true},
		{vault.Text(strings.Repeat(emoji, 5_001)), false},
		{object(10_000), true},
		{object(10_001), false},
		{vault.Text("\xff"), false},
		{vault.Bytes([]byte("\xff")), true},
		{vault.Value{}, false},
	} {
		_, err := v.Set(t.Context(), fmt.Sprintf("N%d", i), c.value)
		if c.ok && err != nil {
			t.Errorf("case %d: %v", i, err)
		}
		if !c.ok {
			wantCode(t, err, vault.InvalidValue)
		}
	}
	if err := v.SetPolicy(t.Context(), vault.Policy{MaxValue: vault.MaxValueLimit, History: 1}); err != nil {
		t.Fatal(err)
	}
	large := strings.Repeat("€", vault.MaxValueLimit)
	set(t, v, "LARGE", large)
	if get(t, v, "LARGE") != large {
		t.Error("a value of a million characters did not come back")
	}
	wantCode(t, v.SetPolicy(t.Context(), vault.Policy{MaxValue: vault.MaxValueLimit + 1, History: 1}), vault.InvalidValue)
	wantCode(t, v.SetPolicy(t.Context(), vault.Policy{MaxValue: 1, History: 0}), vault.InvalidValue)
	verifies(t, v)
}

func TestConditions(t *testing.T) {
	t.Parallel()
	v := newFixture(t).open()
	ctx := t.Context()
	_, err := v.Set(ctx, "A", vault.Text("x"), vault.IfPresent())
	wantCode(t, err, vault.NotFound)
	_, err = v.Set(ctx, "A", vault.Text("x"), vault.IfVersion(1))
	wantCode(t, err, vault.Conflict)
	set(t, v, "A", "1", vault.IfVersion(0))
	_, err = v.Set(ctx, "A", vault.Text("x"), vault.IfAbsent())
	wantCode(t, err, vault.Exists)
	set(t, v, "A", "2", vault.IfVersion(1))
	set(t, v, "A", "3", vault.IfPresent())
	_, err = v.Set(ctx, "A", vault.Text("x"), vault.IfVersion(2))
	wantCode(t, err, vault.Conflict)
	if _, err := v.Delete(ctx, "A", vault.DeleteOptions{If: vault.AtVersion(3)}); err != nil {
		t.Fatal(err)
	}
	_, err = v.Set(ctx, "A", vault.Text("x"), vault.IfPresent())
	wantCode(t, err, vault.NotFound)
	if info := set(t, v, "A", "5", vault.IfAbsent()); info.Version != 5 {
		t.Errorf("re-created at version %d, want 5", info.Version)
	}
}

func TestDeleteHistoryRollback(t *testing.T) {
	t.Parallel()
	v := newFixture(t).open()
	ctx := t.Context()
	set(t, v, "A", "one")
	set(t, v, "A", "two")
	if _, err := v.Delete(ctx, "A", vault.DeleteOptions{}); err != nil {
		t.Fatal(err)
	}
	_, err := v.Read(ctx, "A")
	wantCode(t, err, vault.NotFound)
	_, err = v.Delete(ctx, "A", vault.DeleteOptions{})
	wantCode(t, err, vault.NotFound)
	history, err := v.History(ctx, "A")
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, h := range history {
		got = append(got, fmt.Sprintf("%d %s", h.Version, h.Kind))
	}
	if want := []string{"3 gone", "2 text", "1 text"}; !slices.Equal(got, want) {
		t.Errorf("history %v, want %v", got, want)
	}
	_, err = v.Rollback(ctx, "A", 3)
	wantCode(t, err, vault.NotFound)
	_, err = v.Rollback(ctx, "A", 9)
	wantCode(t, err, vault.NotFound)
	info, err := v.Rollback(ctx, "A", 1)
	if err != nil {
		t.Fatal(err)
	}
	if info.Version != 4 || get(t, v, "A") != "one" {
		t.Errorf("rolled back to %q at version %d", get(t, v, "A"), info.Version)
	}
	sec, err := v.ReadVersion(ctx, "A", 2)
	if err != nil || string(sec.Value.Reveal()) != "two" {
		t.Errorf("version 2: %v", err)
	}
	_, err = v.History(ctx, "NEVER")
	wantCode(t, err, vault.NotFound)
	verifies(t, v)
}

func TestHistoryIsTrimmed(t *testing.T) {
	t.Parallel()
	f := newFixture(t, func(o *vault.CreateOptions) { o.Policy = vault.Policy{MaxValue: 100, History: 3} })
	f.with(func(v *vault.Vault) {
		for i := range 10 {
			set(t, v, "A", fmt.Sprint(i))
		}
		history, err := v.History(t.Context(), "A")
		if err != nil || len(history) != 3 || history[2].Version != 8 {
			t.Errorf("history %+v, %v", history, err)
		}
		_, err = v.ReadVersion(t.Context(), "A", 7)
		wantCode(t, err, vault.NotFound)
		verifies(t, v)
	})
	if keys := f.keys("s/"); len(keys) != 3 {
		t.Errorf("records on disk: %v", keys)
	}
}

func TestPurge(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.with(func(v *vault.Vault) {
		set(t, v, "A", "one")
		set(t, v, "A", "two")
		set(t, v, "KEPT", "x")
		if _, err := v.Delete(t.Context(), "A", vault.DeleteOptions{Purge: true}); err != nil {
			t.Fatal(err)
		}
		history, err := v.History(t.Context(), "A")
		if err != nil || len(history) != 1 {
			t.Errorf("history %+v, %v", history, err)
		}
		_, err = v.Rollback(t.Context(), "A", 2)
		wantCode(t, err, vault.NotFound)
		if info := set(t, v, "A", "again"); info.Version != 4 {
			t.Errorf("version %d after the purge", info.Version)
		}
		if get(t, v, "KEPT") != "x" {
			t.Error("another secret was lost")
		}
		verifies(t, v)
	})
}

func TestRenameAndCopy(t *testing.T) {
	t.Parallel()
	v := newFixture(t).open()
	ctx := t.Context()
	set(t, v, "A", "a")
	set(t, v, "B", "b")
	_, err := v.Rename(ctx, "A", "B", false)
	wantCode(t, err, vault.Exists)
	_, err = v.Rename(ctx, "A", "A", true)
	wantCode(t, err, vault.Exists)
	_, err = v.Rename(ctx, "NONE", "C", false)
	wantCode(t, err, vault.NotFound)
	_, err = v.Rename(ctx, "A", "bad name", false)
	wantCode(t, err, vault.InvalidName)
	if _, err := v.Rename(ctx, "A", "B", true); err != nil {
		t.Fatal(err)
	}
	if get(t, v, "B") != "a" {
		t.Error("not renamed")
	}
	_, err = v.Read(ctx, "A")
	wantCode(t, err, vault.NotFound)
	if _, err := v.Copy(ctx, "B", "C", false); err != nil {
		t.Fatal(err)
	}
	if get(t, v, "C") != "a" || get(t, v, "B") != "a" {
		t.Error("not copied")
	}
	verifies(t, v)
}

func TestKeys(t *testing.T) {
	t.Parallel()
	passphrase, err := crypto.NewPassphrase([]byte("correct horse"), crypto.WithWorkFactor(10))
	if err != nil {
		t.Fatal(err)
	}
	f := newFixture(t, func(o *vault.CreateOptions) {
		o.Slots = []vault.NewSlot{{Label: "passphrase", Lock: passphrase}}
	})
	f.with(func(v *vault.Vault) { set(t, v, "A", "a") })
	f.with(func(v *vault.Vault) {
		if get(t, v, "A") != "a" {
			t.Error("the passphrase opens another vault")
		}
	}, func(o *vault.Options) { o.Keys = []crypto.Key{passphrase} })
	other, _ := newKey(t, false)
	_, err = f.tryOpen(func(o *vault.Options) { o.Keys = []crypto.Key{other} })
	wantCode(t, err, vault.WrongKey)
	_, err = f.tryOpen(func(o *vault.Options) { o.Keys = []crypto.Key{other, f.key} })
	if err != nil {
		t.Error(err)
	}
}

func TestPostQuantum(t *testing.T) {
	t.Parallel()
	f := newFixture(t, func(o *vault.CreateOptions) { o.PostQuantum = true })
	f.with(func(v *vault.Vault) { set(t, v, "A", "a") })
	f.with(func(v *vault.Vault) {
		if get(t, v, "A") != "a" || v.Status().Suite != "hybrid" {
			t.Error("not the hybrid vault")
		}
		verifies(t, v)
	})
	_, classic := newKey(t, false)
	_, err := vault.Create(t.Context(), filepath.Join(t.TempDir(), "v"), vault.CreateOptions{
		PostQuantum: true, State: f.state, Slots: []vault.NewSlot{{Label: "classic", Lock: classic}},
	})
	wantCode(t, err, vault.InvalidValue)
}

func TestCreateRefuses(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	o := vault.CreateOptions{State: f.state, Slots: []vault.NewSlot{{Label: "identity", Lock: f.lock}}}
	_, err := vault.Create(t.Context(), f.dir, o)
	wantCode(t, err, vault.Exists)
	full := t.TempDir()
	if err := os.WriteFile(filepath.Join(full, "file"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	_, err = vault.Create(t.Context(), full, o)
	wantCode(t, err, vault.Exists)
	if _, err := os.Stat(filepath.Join(full, "file")); err != nil {
		t.Error("a refused init removed what was there")
	}
	none := filepath.Join(t.TempDir(), "none")
	_, err = vault.Create(t.Context(), none, vault.CreateOptions{State: f.state})
	wantCode(t, err, vault.InvalidValue)
	if _, err := os.Stat(none); !errors.Is(err, os.ErrNotExist) {
		t.Error("a failed init left something behind")
	}
	o.Slots = append(o.Slots, o.Slots[0])
	if _, err = vault.Create(t.Context(), none, o); err == nil {
		t.Error("two slots with one label were taken")
	}
}

func TestConcurrentUse(t *testing.T) {
	t.Parallel()
	v := newFixture(t).open()
	set(t, v, "A", "0")
	var wg sync.WaitGroup
	for w := range 4 {
		wg.Go(func() {
			for i := range 50 {
				if _, err := v.Set(context.Background(), fmt.Sprintf("W%d", w), vault.Text(fmt.Sprint(i))); err != nil {
					t.Error(err)
				}
			}
		})
		wg.Go(func() {
			for range 200 {
				if _, err := v.Read(context.Background(), "A"); err != nil {
					t.Error(err)
				}
				if _, err := v.List(context.Background(), vault.ListOptions{}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	verifies(t, v)
	if got := v.Status(); got.Names != 5 || got.Seq != 202 {
		t.Errorf("status %+v", got)
	}
}

func TestContext(t *testing.T) {
	t.Parallel()
	v := newFixture(t).open()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := v.Set(ctx, "A", vault.Text("x")); !errors.Is(err, context.Canceled) {
		t.Errorf("set: %v", err)
	}
	if _, err := v.Read(ctx, "A"); !errors.Is(err, context.Canceled) {
		t.Errorf("read: %v", err)
	}
}

func TestClosed(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	v := f.open()
	set(t, v, "A", "x")
	if err := v.Close(); err != nil {
		t.Fatal(err)
	}
	if err := v.Close(); err != nil {
		t.Errorf("second close: %v", err)
	}
	if _, err := v.Read(t.Context(), "A"); err == nil {
		t.Error("read after close")
	}
	if _, err := v.Set(t.Context(), "A", vault.Text("y")); err == nil {
		t.Error("set after close")
	}
}

func TestReadOnlyHandle(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	v := f.open(readOnly)
	_, err := v.Set(t.Context(), "A", vault.Text("x"))
	wantCode(t, err, vault.ReadOnly)
	_, err = f.tryOpen(func(o *vault.Options) { o.Wait = 50 * time.Millisecond })
	wantCode(t, err, vault.Busy)
}

func TestCheckName(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"a", "Z", "0", "_", "-", "--x", strings.Repeat("a", 100)} {
		if err := vault.CheckName("set", name); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, name := range []string{"", " ", "a b", "a/b", "a[", "a]", "a^", "a`", `a\`, "a.b", ".a", "a\x00", "é", "а", strings.Repeat("a", 101)} {
		if err := vault.CheckName("set", name); err == nil {
			t.Errorf("%q is let through", name)
		}
	}
}
