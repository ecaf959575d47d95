package vault_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/tacit-vault/tacit/store"
	"github.com/tacit-vault/tacit/vault"
)

// A key that is no record's, planted with p, does not keep a writer from working:
// it is swept away. Without p, verify names it.
func TestAttackPlantedKey(t *testing.T) {
	t.Parallel()
	f := attackFixture(t)
	plant := func(p string) {
		f.raw(func(w store.Writer) error {
			for _, key := range []string{"s/", "s/x", "s/A/1/1", "s/A/0000000001/zzzzzzzzzz"} {
				if err := w.Put([]byte(key), []byte("canary")); err != nil {
					return err
				}
			}
			return w.Put([]byte("p"), []byte(p))
		})
	}
	plant("clean")
	f.with(func(v *vault.Vault) {
		r, err := v.Verify(t.Context(), vault.VerifyOptions{})
		if err != nil || len(r.Findings) != 4 || !r.Findings[0].Code.Tampering() {
			t.Errorf("%+v, %v", r, err)
		}
	}, readOnly)
	plant("9")
	f.with(func(v *vault.Vault) {
		set(t, v, "C", "c")
		verifies(t, v)
	})
}

// A vault beside someone's work that lost its VAULT is not passed by for another.
func TestFindBroken(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	inner := filepath.Join(root, "work")
	for _, dir := range []string{filepath.Join(root, ".tacit", "db"), filepath.Join(inner, ".tacit", "db")} {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(root, ".tacit", "VAULT"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if f, ok, err := vault.Find(inner, vault.FindOptions{}); err != nil || !ok || f.Dir != filepath.Join(inner, ".tacit") {
		t.Errorf("%v, %t, %v", f, ok, err)
	}
}
