package vault_test

import (
	"testing"

	"github.com/tacit-vault/tacit/vault"
)

// What tacit keeps for itself is in the vault, and is no secret: who counts secrets
// leaves it out, also what was deleted of it.
func TestOwnRecordsAreNoSecrets(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(t *testing.T, f *fixture) {
		counts := func(what string, names, gone int) {
			if names != 2 || gone != 1 {
				t.Errorf("%s: %d secrets, %d deleted", what, names, gone)
			}
		}
		status := func(what string, st vault.Status) { counts(what, st.Names, st.Gone) }
		v := f.open()
		for _, name := range []string{"A", "B", "C"} {
			set(t, v, name, "value")
		}
		if _, err := v.Delete(t.Context(), "C", vault.DeleteOptions{}); err != nil {
			t.Fatal(err)
		}
		status("without any", v.Status())
		own := map[string]vault.Value{}
		for _, end := range []string{"", "-a", "-b"} {
			own[groupState+end] = vault.Text("state")
		}
		merge(t, v, vault.Merge{Own: own})
		status("with some", v.Status())
		merge(t, v, vault.Merge{Own: map[string]vault.Value{groupState + "-a": {}}})
		status("with one that was deleted", v.Status())

		report, err := v.Verify(t.Context(), vault.VerifyOptions{Full: true})
		if err != nil || len(report.Findings) > 0 {
			t.Fatalf("%+v, %v", report, err)
		}
		counts("verified", report.Names, report.Gone)
		if r := rotate(t, v, vault.RotateOptions{}); r.Names != 3 {
			t.Errorf("rotated: %d secrets", r.Names)
		}
		status("rotated", v.Status())
		if err := v.Suspend(t.Context()); err != nil {
			t.Fatal(err)
		}
		status("suspended", v.Status())
		if err := v.Resume(t.Context()); err != nil {
			t.Fatal(err)
		}
		status("resumed", v.Status())
		v.Close()

		f.with(func(v *vault.Vault) { status("opened for reading", v.Status()) }, readOnly, locked)
	})
}

// So does who reads a backup of it, or restores one.
func TestOwnRecordsInBackup(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.with(func(v *vault.Vault) {
		set(t, v, "A", "value")
		merge(t, v, vault.Merge{Own: map[string]vault.Value{groupState: vault.Text("state"), groupState + "-a": vault.Text("state")}})
	})
	file := f.backup()
	for _, keyless := range []bool{true, false} {
		if r, err := f.prove(keyless, file); err != nil || r.Names != 1 || r.Gone != 0 {
			t.Errorf("%+v, %v", r, err)
		}
	}
	g := f.elsewhere("other")
	b, err := vault.OpenBackup(sources(file), g.options())
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	if err := b.Unlock(t.Context(), f.key); err != nil {
		t.Fatal(err)
	}
	if st, err := b.Restore(t.Context(), g.dir, vault.RestoreOptions{}); err != nil || st.Names != 1 || st.Gone != 0 {
		t.Errorf("restored: %+v, %v", st, err)
	}
}
