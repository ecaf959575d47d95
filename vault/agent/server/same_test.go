//go:build linux || darwin || freebsd

package server

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tacit-vault/tacit/keyring"
	"github.com/tacit-vault/tacit/vault"
	"github.com/tacit-vault/tacit/vault/agent"
)

// opened is what an open vault and a client have in common: the commands that
// use one need not know which.
type opened interface {
	Status() vault.Status
	Read(ctx context.Context, name string) (vault.Secret, error)
	ReadVersion(ctx context.Context, name string, n uint64) (vault.Secret, error)
	ReadAll(ctx context.Context, names ...string) ([]vault.Secret, error)
	ReadEach(ctx context.Context, names []string, fn func(vault.Secret) error) error
	Set(ctx context.Context, name string, value vault.Value, options ...vault.SetOption) (vault.Info, error)
	Apply(ctx context.Context, changes []vault.Change, progress func(done, total int)) ([]vault.Info, error)
	Delete(ctx context.Context, name string, o vault.DeleteOptions) (vault.Info, error)
	Rename(ctx context.Context, from, to string, overwrite bool) (vault.Info, error)
	Copy(ctx context.Context, from, to string, overwrite bool) (vault.Info, error)
	Rollback(ctx context.Context, name string, n uint64) (vault.Info, error)
	List(ctx context.Context, o vault.ListOptions) ([]vault.Info, error)
	Find(ctx context.Context, pattern string, fuzzily bool) ([]vault.Info, error)
	History(ctx context.Context, name string) ([]vault.Info, error)
	Verify(ctx context.Context, o vault.VerifyOptions) (vault.Report, error)
	Backup(ctx context.Context, w io.Writer, o vault.BackupOptions) (vault.BackupReport, error)
	Policy() vault.Policy
	SetPolicy(ctx context.Context, p vault.Policy) error
	Slots(ctx context.Context) ([]vault.SlotInfo, error)
	RemoveSlot(ctx context.Context, label string) (vault.SlotInfo, error)
	Exposed(ctx context.Context) ([]vault.Exposure, error)
	Removed(ctx context.Context) ([]vault.RemovedSlot, error)
	Close() error
}

var (
	_ opened = (*vault.Vault)(nil)
	_ opened = (*agent.Client)(nil)
)

func jsonValue(t testing.TB, raw string) vault.Value {
	t.Helper()
	v, err := vault.JSON([]byte(raw))
	fatal(t, err)
	return v
}

// values are of every kind, and of what is easily changed on the way.
func values(t testing.TB) map[string]vault.Value {
	return map[string]vault.Value{
		"TEXT":        vault.Text("a value"),
		"EMPTY":       vault.Text(""),
		"LINES":       vault.Text("one\r\ntwo\n\n"),
		"MARKUP":      vault.Text("<a href=\"x\">&amp;</a>\u2028\u2029"),
		"CONTROL":     vault.Text("\x00\x01\x1f\x7f"),
		"WIDE":        vault.Text("käse 🧀 \ufffd"),
		"LOOKS_JSON":  vault.Text(`{"$base64":"aGk="}`),
		"NUMBER":      jsonValue(t, "1.50"),
		"HUGE":        jsonValue(t, "1e999999"),
		"STRING":      jsonValue(t, `"a JSON string"`),
		"SURROGATE":   jsonValue(t, `"\ud800"`),
		"ESCAPES":     jsonValue(t, `{"b":"\u003c<","a":[1,2,{"c":null}],"b":2}`),
		"FAKE_BYTES":  jsonValue(t, `{"$base64":"aGk="}`),
		"NOT_BYTES":   jsonValue(t, `{"$base64":"***"}`),
		"NULL":        jsonValue(t, "null"),
		"DEEP":        jsonValue(t, strings.Repeat("[", 1000)+strings.Repeat("]", 1000)),
		"BYTES":       vault.Bytes([]byte{0, 1, 2, 0xff, 0xfe}),
		"NO_BYTES":    vault.Bytes(nil),
		"LONG":        vault.Text(strings.Repeat("x", 10_000)),
		"LONG_ESCAPE": vault.Text(strings.Repeat("\x01", 10_000)),
	}
}

// TestSame holds every method of the client against that of the vault which the
// agent serves.
func TestSame(t *testing.T) {
	t.Parallel()
	a := newFixture(t).start()
	ctx := t.Context()
	for name, value := range values(t) {
		if _, err := a.Set(ctx, name, value); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		set(t, a, name+"_2", "x")
		got, err := a.Read(ctx, name)
		fatal(t, err)
		if got.Value.Kind() != value.Kind() || !bytes.Equal(got.Value.Reveal(), value.Reveal()) {
			t.Errorf("%s: got %s, want %s", name, got.Value.Kind(), value.Kind())
		}
	}
	expires := time.Date(2030, 2, 28, 23, 59, 59, 0, time.FixedZone("", 3600))
	_, err := a.Set(ctx, "WIDE", vault.Value{}, vault.KeepValue(), vault.Expires(expires), vault.Label("env", "prod"), vault.Label("a", `"ä"`))
	fatal(t, err)
	_, err = a.Apply(ctx, []vault.Change{
		{Name: "NULL", Keep: true, Labels: map[string]string{"k": "v", "none": ""}},
		{Name: "NUMBER", Value: vault.Text("1"), Expires: &expires, SameWorth: true},
	}, nil)
	fatal(t, err)
	_, err = a.Set(ctx, "NUMBER", vault.Value{}, vault.KeepValue(), vault.Expires(time.Time{}))
	fatal(t, err)
	var full bytes.Buffer
	if _, err := a.vault.Backup(ctx, &full, vault.BackupOptions{}); err != nil {
		t.Fatal(err)
	}
	base, err := vault.ReadBase(vault.BackupSource{Name: "full", Reader: &full})
	fatal(t, err)
	_, err = a.Delete(ctx, "TEXT_2", vault.DeleteOptions{})
	fatal(t, err)
	set(t, a, "TEXT", "another value")
	_, err = a.AddSlot(ctx, "phrase", keyring.LockSpec{Kind: "passphrase", Phrase: []byte("correct horse")})
	fatal(t, err)
	_, err = a.AddSlot(ctx, "second", keyring.LockSpec{Kind: "passphrase", Phrase: []byte("battery staple")})
	fatal(t, err)
	if _, err := a.RemoveSlot(ctx, "second"); err != nil {
		t.Fatal(err)
	}

	for name, ask := range map[string]func(opened) (any, error){
		"Status":        func(v opened) (any, error) { st := v.Status(); st.New = false; return st, nil },
		"Policy":        func(v opened) (any, error) { return v.Policy(), nil },
		"Read":          func(v opened) (any, error) { return plain(v.Read(ctx, "TEXT")) },
		"Read labels":   func(v opened) (any, error) { return plain(v.Read(ctx, "WIDE")) },
		"Read kept":     func(v opened) (any, error) { return plain(v.Read(ctx, "NULL")) },
		"Read unmarked": func(v opened) (any, error) { return plain(v.ReadVersion(ctx, "NUMBER", 2)) },
		"Read never":    func(v opened) (any, error) { return plain(v.Read(ctx, "NUMBER")) },
		"Set label":     func(v opened) (any, error) { return v.Set(ctx, "TEXT", vault.Text("x"), vault.Label("K", "v")) },
		"Set expiry": func(v opened) (any, error) {
			return v.Set(ctx, "TEXT", vault.Text("x"), vault.Expires(time.Unix(1<<40, 0)))
		},
		"Set kept none": func(v opened) (any, error) { return v.Set(ctx, "NONE", vault.Value{}, vault.KeepValue()) },
		"Read missing":  func(v opened) (any, error) { return plain(v.Read(ctx, "NONE")) },
		"Read deleted":  func(v opened) (any, error) { return plain(v.Read(ctx, "TEXT_2")) },
		"Read bad name": func(v opened) (any, error) { return plain(v.Read(ctx, "../x y")) },
		"Read own":      func(v opened) (any, error) { return plain(v.Read(ctx, ".removed")) },
		"ReadVersion":   func(v opened) (any, error) { return plain(v.ReadVersion(ctx, "TEXT", 1)) },
		"ReadVersion 9": func(v opened) (any, error) { return plain(v.ReadVersion(ctx, "TEXT", 9)) },
		"ReadAll":       func(v opened) (any, error) { return plains(v.ReadAll(ctx)) },
		"ReadAll some":  func(v opened) (any, error) { return plains(v.ReadAll(ctx, "WIDE", "BYTES", "WIDE")) },
		"ReadAll none":  func(v opened) (any, error) { return plains(v.ReadAll(ctx, "WIDE", "NONE")) },
		"ReadEach":      func(v opened) (any, error) { return readEach(ctx, v) },
		"List":          func(v opened) (any, error) { return v.List(ctx, vault.ListOptions{}) },
		"List details":  func(v opened) (any, error) { return v.List(ctx, vault.ListOptions{Details: true, Deleted: true}) },
		"List page":     func(v opened) (any, error) { return v.List(ctx, vault.ListOptions{After: "LONG", Limit: 3}) },
		"List prefix":   func(v opened) (any, error) { return v.List(ctx, vault.ListOptions{Prefix: "NU"}) },
		"List hint":     func(v opened) (any, error) { return v.List(ctx, vault.ListOptions{Prefix: "NU", Hint: true}) },
		"List nothing":  func(v opened) (any, error) { return v.List(ctx, vault.ListOptions{Prefix: "no such & =?"}) },
		"Find":          func(v opened) (any, error) { return v.Find(ctx, "by", false) },
		"Find fuzzily":  func(v opened) (any, error) { return v.Find(ctx, "bts", true) },
		"History":       func(v opened) (any, error) { return v.History(ctx, "TEXT_2") },
		"History none":  func(v opened) (any, error) { return v.History(ctx, "NONE") },
		"Verify": func(v opened) (any, error) {
			r, err := v.Verify(ctx, vault.VerifyOptions{Full: true})
			r.LastWhole = time.Time{} // the one before: each is another
			return r, err
		},
		"Backup": func(v opened) (any, error) {
			var file bytes.Buffer
			r, err := v.Backup(ctx, &file, vault.BackupOptions{})
			return []any{r, file.String()}, err
		},
		"Backup since": func(v opened) (any, error) {
			var file bytes.Buffer
			r, err := v.Backup(ctx, &file, vault.BackupOptions{Since: base})
			return []any{r, file.String()}, err
		},
		"Slots":          func(v opened) (any, error) { return v.Slots(ctx) },
		"Exposed":        func(v opened) (any, error) { return v.Exposed(ctx) },
		"Removed":        func(v opened) (any, error) { return v.Removed(ctx) },
		"Set absent":     func(v opened) (any, error) { return v.Set(ctx, "TEXT", vault.Text("x"), vault.IfAbsent()) },
		"Set present":    func(v opened) (any, error) { return v.Set(ctx, "NONE", vault.Text("x"), vault.IfPresent()) },
		"Set version":    func(v opened) (any, error) { return v.Set(ctx, "TEXT", vault.Text("x"), vault.IfVersion(9)) },
		"Set too long":   func(v opened) (any, error) { return v.Set(ctx, "TEXT", vault.Text(strings.Repeat("x", 10_001))) },
		"Set no text":    func(v opened) (any, error) { return v.Set(ctx, "TEXT", vault.Text("\xff")) },
		"Delete none":    func(v opened) (any, error) { return v.Delete(ctx, "NONE", vault.DeleteOptions{}) },
		"Delete version": func(v opened) (any, error) { return v.Delete(ctx, "TEXT", vault.DeleteOptions{If: vault.AtVersion(7)}) },
		"Rename onto":    func(v opened) (any, error) { return v.Rename(ctx, "TEXT", "WIDE", false) },
		"Copy self":      func(v opened) (any, error) { return v.Copy(ctx, "TEXT", "TEXT", true) },
		"Rollback 77":    func(v opened) (any, error) { return v.Rollback(ctx, "TEXT", 77) },
		"Apply twice": func(v opened) (any, error) {
			return v.Apply(ctx, []vault.Change{{Name: "A", Value: vault.Text("1")}, {Name: "A", Value: vault.Text("2")}}, nil)
		},
		"Apply nothing": func(v opened) (any, error) { return v.Apply(ctx, nil, nil) },
		"SetPolicy":     func(v opened) (any, error) { return nil, v.SetPolicy(ctx, vault.Policy{MaxValue: 0, History: 1}) },
		"RemoveSlot":    func(v opened) (any, error) { return v.RemoveSlot(ctx, "none") },
	} {
		want, wantErr := ask(a.vault)
		got, gotErr := ask(a.Client)
		if !sameError(gotErr, wantErr) {
			t.Errorf("%s: error %#v, the vault's is %#v", name, gotErr, wantErr)
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%s:\n got %+v\nwant %+v", name, got, want)
		}
	}
}

// plainSecret is a secret whose value can be compared.
type plainSecret struct {
	vault.Info
	Kind  string
	Bytes string
}

func plain(s vault.Secret, err error) (plainSecret, error) {
	return plainSecret{s.Info, s.Value.Kind().String(), string(s.Value.Reveal())}, err
}

func plains(all []vault.Secret, err error) (list []plainSecret, _ error) {
	for _, s := range all {
		p, _ := plain(s, nil)
		list = append(list, p)
	}
	return list, err
}

func readEach(ctx context.Context, v opened) (list []plainSecret, err error) {
	err = v.ReadEach(ctx, nil, func(s vault.Secret) error {
		p, _ := plain(s, nil)
		list = append(list, p)
		return nil
	})
	return list, err
}

// sameError compares what a user gets to see.
func sameError(got, want error) bool {
	if got == nil || want == nil {
		return got == want
	}
	var g, w *vault.SecretError
	if !errors.As(got, &g) || !errors.As(want, &w) {
		return false
	}
	texts := func(e *vault.SecretError) []string {
		cause := ""
		if e.Err != nil && e.Message != "" {
			cause = e.Err.Error()
		}
		way, _ := json.Marshal(vault.RemedyOf(e))
		return []string{string(e.Code), e.Error(), e.Op, e.Key, e.Path, string(way), cause}
	}
	return slices.Equal(texts(g), texts(w))
}

// TestChanges makes every change through the agent, and looks at the vault.
func TestChanges(t *testing.T) {
	t.Parallel()
	a := newFixture(t).start()
	ctx := t.Context()
	set(t, a, "A", "1")
	info, err := a.Set(ctx, "A", vault.Text("2"), vault.IfVersion(1))
	fatal(t, err)
	if info.Version != 2 || info.Name != "A" || info.Size != 1 {
		t.Errorf("set: %+v", info)
	}
	if _, err := a.Copy(ctx, "A", "B", false); err != nil {
		t.Fatal(err)
	}
	if _, err := a.Rename(ctx, "B", "C", false); err != nil {
		t.Fatal(err)
	}
	if _, err := a.Rollback(ctx, "A", 1); err != nil {
		t.Fatal(err)
	}
	if _, err := a.Delete(ctx, "B", vault.DeleteOptions{Purge: true}); err != nil {
		t.Fatal(err)
	}
	if err := a.SetPolicy(ctx, vault.Policy{MaxValue: 20_000, History: 3}); err != nil {
		t.Fatal(err)
	}
	if p := a.Policy(); p.MaxValue != 20_000 || p.History != 3 {
		t.Errorf("policy %+v", p)
	}
	var seen int
	infos, err := a.Apply(ctx, []vault.Change{
		{Name: "A", Delete: true, If: vault.AtVersion(3)},
		{Name: "D", Value: vault.Bytes([]byte("\xff")), If: vault.Absent},
	}, func(done, total int) { seen++ })
	fatal(t, err)
	if len(infos) != 2 || !infos[0].Deleted || infos[1].Kind != "bytes" {
		t.Errorf("apply: %+v", infos)
	}
	all, err := plains(a.vault.ReadAll(ctx))
	fatal(t, err)
	if len(all) != 2 || all[0].Name != "C" || all[0].Bytes != "2" || all[1].Bytes != "\xff" {
		t.Errorf("the vault holds %+v", all)
	}
	used, err := a.Used(ctx)
	fatal(t, err)
	var names []string
	for _, e := range used {
		names = append(names, e.Key+"="+string(e.Value))
	}
	if !slices.Equal(names, []string{`D={"$base64":"/w=="}`}) {
		t.Errorf("used: %q", names) // C came by a renaming, A and B are gone
	}
}

// TestRotate rotates through the agent, with a slot that needs its phrase.
func TestRotate(t *testing.T) {
	t.Parallel()
	a := newFixture(t).start()
	ctx := t.Context()
	set(t, a, "A", "1")
	phrase := func() keyring.LockSpec {
		return keyring.LockSpec{Kind: "passphrase", Phrase: []byte("correct horse")}
	}
	_, err := a.AddSlot(ctx, "phrase", phrase())
	fatal(t, err)
	pin := a.Status().Pin

	_, err = a.Rotate(ctx, agent.RotateRequest{})
	wantCode(t, err, vault.Locked)
	_, err = a.Rotate(ctx, agent.RotateRequest{Locks: map[string]keyring.LockSpec{
		"phrase": {Kind: "passphrase", Phrase: []byte("wrong horse")},
	}})
	wantCode(t, err, vault.WrongKey)
	if a.Status().Pin != pin {
		t.Fatal("a rotation that was refused has changed the vault")
	}
	steps := 0
	rep, err := a.Rotate(ctx, agent.RotateRequest{
		Locks:    map[string]keyring.LockSpec{"phrase": phrase()},
		Progress: func(done, total int) { steps++ },
	})
	fatal(t, err)
	if rep.OldPin != pin || rep.NewPin != a.Status().Pin || len(rep.Kept) != 2 || rep.Records < 1 {
		t.Errorf("report %+v", rep)
	}
	sec, err := plain(a.Read(ctx, "A"))
	fatal(t, err)
	if sec.Bytes != "1" {
		t.Errorf("read %+v", sec)
	}
}

// TestReplaceSlot gives a slot another passphrase.
func TestReplaceSlot(t *testing.T) {
	t.Parallel()
	a := newFixture(t).start()
	ctx := t.Context()
	_, err := a.AddSlot(ctx, "phrase", keyring.LockSpec{Kind: "passphrase", Phrase: []byte("one")})
	fatal(t, err)
	_, err = a.AddSlot(ctx, "phrase", keyring.LockSpec{Kind: "passphrase", Phrase: []byte("one")})
	wantCode(t, err, vault.Exists)
	_, err = a.AddSlot(ctx, "empty", keyring.LockSpec{Kind: "passphrase"})
	wantCode(t, err, vault.InvalidValue)
	_, err = a.AddSlot(ctx, "what", keyring.LockSpec{Kind: "magic"})
	wantCode(t, err, vault.InvalidValue)
	info, err := a.ReplaceSlot(ctx, "phrase", keyring.LockSpec{Kind: "passphrase", Phrase: []byte("two")})
	fatal(t, err)
	if info.Label != "phrase" || info.ID != 3 {
		t.Errorf("slot %+v", info)
	}
	_, err = a.ReplaceSlot(ctx, "none", keyring.LockSpec{Kind: "passphrase", Phrase: []byte("two")})
	wantCode(t, err, vault.NotFound)
}
