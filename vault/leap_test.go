package vault_test

import (
	"testing"

	"github.com/tacit-vault/tacit/vault"
)

// After a restore a group knows that the vault was put back; a vault without groups
// has no record of it.
func TestRestoreIsNotedForGroups(t *testing.T) {
	t.Parallel()
	for _, grouped := range []bool{false, true} {
		f := newFixture(t)
		var backup []byte
		f.with(func(v *vault.Vault) {
			if grouped {
				merge(t, v, vault.Merge{Own: map[string]vault.Value{groupState: vault.Text("s")}})
			}
			if n := leapt(t, v); n != 0 {
				t.Errorf("put back at %d before it was", n)
			}
		})
		backup = f.backup()
		f.with(func(v *vault.Vault) { set(t, v, "A", "later") })
		f.restore(vault.RestoreOptions{Replace: true}, backup)
		f.with(func(v *vault.Vault) {
			seq := v.Status().Seq
			if n := leapt(t, v); (n == seq) != grouped || n != 0 && !grouped {
				t.Errorf("with groups %v: put back at %d, the restore was %d", grouped, n, seq)
			}
			verifies(t, v)
		})
	}
}

func leapt(t *testing.T, v *vault.Vault) (n uint64) {
	t.Helper()
	err := v.Merge(t.Context(), "merge", func(w *vault.MergeView) (_ vault.Merge, err error) {
		n, err = w.Leapt()
		return vault.Merge{}, err
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}
