package vault_test

import (
	"bytes"
	"context"
	"path/filepath"
	"testing"

	"github.com/tacit-vault/tacit/store"
	"github.com/tacit-vault/tacit/vault"
)

// The signature is for those who cannot check the MAC, and for those who have not
// seen this very head: everyone but a reader with a key on a machine that
// remembers it. Verify names it for them, too.
func TestBrokenSignature(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.with(func(v *vault.Vault) { set(t, v, "A", "canary") })
	f.raw(func(w store.Writer) error {
		z := bytes.Clone(mustGet(t, w, []byte("z")))
		z[len(z)-1] ^= 1 // the signature is its last field
		return w.Put([]byte("z"), z)
	})
	elsewhere := func(o *vault.Options) { o.State = filepath.Join(t.TempDir(), "state") }
	for name, change := range map[string][]func(*vault.Options){
		"locked":                      {locked},
		"a writer":                    {},
		"a reader of another machine": {readOnly, elsewhere},
	} {
		v, err := f.tryOpen(change...)
		if vault.CodeOf(err) != vault.HeadForged {
			t.Errorf("%s: %v, want %s", name, err, vault.HeadForged)
		}
		if err == nil {
			v.Close()
		}
	}
	f.with(func(v *vault.Vault) {
		if got := get(t, v, "A"); got != "canary" {
			t.Errorf("a reader that has seen the head gets %q", got)
		}
		report, err := v.Verify(context.Background(), vault.VerifyOptions{})
		if err != nil {
			t.Fatal(err)
		}
		found := 0
		for _, finding := range report.Findings {
			if finding.Code == vault.HeadForged {
				found++
			}
		}
		if found != 1 {
			t.Errorf("verify finds %+v, want one %s", report.Findings, vault.HeadForged)
		}
	}, readOnly)
}
