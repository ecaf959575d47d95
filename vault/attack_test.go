package vault_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/tacit-vault/tacit/store"
	"github.com/tacit-vault/tacit/vault"
)

// The attacks are made by somebody who can write to the vault's folder at
// will. Each must be refused by a read and by Verify, under the code that says
// which it was.

// attacked asks that reading name and verifying both refuse with code.
func (f *fixture) attacked(name string, code vault.Code) {
	f.t.Helper()
	v, err := f.tryOpen(readOnly)
	if err == nil {
		defer v.Close()
		_, err = v.Read(context.Background(), name)
	}
	wantCode(f.t, err, code)
	if strings.Contains(err.Error(), "canary") {
		f.t.Errorf("the error holds a value: %v", err)
	}
	if v == nil {
		// Verify opens as Read does, so it gets the same error.
		return
	}
	for _, full := range []bool{false, true} {
		r, err := v.Verify(context.Background(), vault.VerifyOptions{Full: full})
		if err != nil {
			f.t.Fatal(err)
		}
		if !slices.ContainsFunc(r.Findings, func(g vault.Finding) bool { return g.Code == code }) {
			f.t.Errorf("verify (full: %t) found %+v, want %s", full, r.Findings, code)
		}
	}
}

// attackFixture has A (two versions), B and GONE, which is deleted.
func attackFixture(t *testing.T) *fixture {
	f := newFixture(t)
	f.with(func(v *vault.Vault) {
		set(t, v, "A", "canary old")
		set(t, v, "A", "canary new")
		set(t, v, "B", "canary b")
		set(t, v, "GONE", "canary gone")
		if _, err := v.Delete(t.Context(), "GONE", vault.DeleteOptions{}); err != nil {
			t.Fatal(err)
		}
	})
	return f
}

// only returns the single key under a prefix.
func (f *fixture) only(prefix string) []byte {
	f.t.Helper()
	keys := f.keys(prefix)
	if len(keys) != 1 {
		f.t.Fatalf("keys under %s: %v", prefix, keys)
	}
	return []byte(keys[0])
}

func mustGet(t testing.TB, r store.Reader, key []byte) []byte {
	t.Helper()
	b, err := r.Get(key)
	if err != nil {
		t.Fatalf("%s: %v", key, err)
	}
	return b
}
