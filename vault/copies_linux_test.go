package vault_test

import (
	"bytes"
	"runtime/debug"
	"slices"
	"testing"

	"github.com/tacit-vault/tacit/crypto/cryptotest"
	"github.com/tacit-vault/tacit/vault"
)

// What is done with values leaves no copy of them in memory, once those were wiped that
// somebody was given.
func TestNoCopies(t *testing.T) {
	defer debug.SetGCPercent(debug.SetGCPercent(-1)) // it would wipe some
	if n := cryptotest.LeastOf(func() int { return giveAround(t) }); n > 0 {
		t.Errorf("there are %d copies", n)
	}
}

// giveAround makes values of every kind, and counts what is left of them.
func giveAround(t *testing.T) int {
	secret, part := cryptotest.NewMasked()
	give := func(v vault.Value, err error) {
		if err != nil {
			t.Error(err)
		}
		for range 2 {
			raw := v.JSONValue()
			for _, withBytes := range []bool{false, true} {
				again, err := vault.FromJSON(raw, withBytes)
				if err != nil {
					t.Error(err)
				}
				again.Wipe()
			}
			clear(raw)
		}
		b := vault.AppendMember(make([]byte, 0, 2000), true, "a", v)
		clear(b)
		v.Clone().Wipe()
		v.Wipe()
	}
	escaped := bytes.ReplaceAll(secret, []byte("a"), []byte("\n"))
	quoted := slices.Concat([]byte{'"'}, secret, []byte{'"'})
	give(vault.TextOf(secret), nil)
	give(vault.TextOf(escaped), nil)
	give(vault.Bytes(secret), nil)
	give(vault.JSON(quoted))
	for _, wrong := range [][]byte{slices.Concat(quoted, []byte("x")), slices.Concat([]byte(`{"$base64":`), quoted, []byte("}"))} {
		if _, err := vault.FromJSON(wrong, true); err == nil {
			t.Error("that is wrong, and was taken")
		}
		clear(wrong)
	}
	for _, b := range [][]byte{secret, escaped, quoted} {
		clear(b)
	}
	return cryptotest.TimesInMemory(t, part)
}

// A vault leaves no copy of what is set in it or read from it, nor of what it reads itself.
func TestVaultKeepsNoCopies(t *testing.T) {
	defer debug.SetGCPercent(debug.SetGCPercent(-1))
	secret, part := cryptotest.NewMasked()
	must := func(_ vault.Info, err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	ctx := t.Context()
	for what, do := range map[string]func(*vault.Vault){
		"set": func(v *vault.Vault) {
			value := vault.TextOf(secret)
			must(v.Set(ctx, "A", value))
			must(v.Set(ctx, "A", value, vault.SkipSame()))
			value.Wipe()
		},
		"apply": func(v *vault.Vault) {
			value := vault.TextOf(secret)
			infos, err := v.Apply(ctx, []vault.Change{{Name: "A", Value: value}, {Name: "C", Value: value}}, nil)
			must(infos[0], err)
			value.Wipe()
		},
		"read": func(v *vault.Vault) {
			for _, read := range []func() (vault.Secret, error){
				func() (vault.Secret, error) { return v.Read(ctx, "A") },
				func() (vault.Secret, error) { return v.ReadVersion(ctx, "A", 1) },
			} {
				sec, err := read()
				must(sec.Info, err)
				sec.Value.Wipe()
			}
			all, err := v.ReadAll(ctx)
			for _, sec := range all {
				must(sec.Info, err)
				sec.Value.Wipe()
			}
			if err := v.ReadEach(ctx, nil, func(vault.Secret) error { return nil }); err != nil {
				t.Error(err)
			}
		},
		"label": func(v *vault.Vault) {
			must(v.Set(ctx, "A", vault.Value{}, vault.KeepValue(), vault.Label("env", "prod")))
		},
		"copy":      func(v *vault.Vault) { must(v.Copy(ctx, "A", "B", true)) },
		"rename":    func(v *vault.Vault) { must(v.Rename(ctx, "A", "D", true)) },
		"roll back": func(v *vault.Vault) { must(v.Rollback(ctx, "A", 1)) },
		"verify": func(v *vault.Vault) {
			if report, err := v.Verify(ctx, vault.VerifyOptions{Full: true}); err != nil || len(report.Findings) != 0 {
				t.Error(report, err)
			}
		},
		"rotate": func(v *vault.Vault) {
			if _, err := v.Rotate(ctx, vault.RotateOptions{}); err != nil {
				t.Error(err)
			}
		},
	} {
		if n := cryptotest.LeastOf(func() (n int) {
			f := newFixture(t)
			f.with(func(v *vault.Vault) {
				for _, value := range []vault.Value{vault.TextOf(secret), vault.Text("another"), vault.TextOf(secret)} {
					must(v.Set(ctx, "A", value))
					value.Wipe()
				}
				before := cryptotest.TimesInMemory(t, part)
				do(v)
				n = cryptotest.TimesInMemory(t, part) - before
			})
			return n
		}); n > 0 {
			t.Errorf("%s leaves %d copies", what, n)
		}
	}
}
