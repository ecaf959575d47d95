package vault_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/tacit-vault/tacit/vault"
	"github.com/tacit-vault/tacit/vault/banktest"
)

// On a disk that fills up, transfers fail and lose nothing; with room again they
// go on.
func TestBankFullDisk(t *testing.T) {
	t.Parallel()
	rounds, random := banktest.Rounds(t)
	disk := smallDisk(t, 64)
	f := newFixture(t)
	moved := filepath.Join(disk, "vault")
	copyDir(t, f.dir, moved)
	f.dir = moved
	f.with(func(v *vault.Vault) { banktest.Open(t, v) })
	made, refused := 0, 0
	hog := filepath.Join(disk, "hog")
	for round := range rounds {
		fillDisk(t, hog)
		shrink(t, hog, int64(random.IntN(44<<20)))
		v, err := f.tryOpen()
		if err == nil {
			for range 20 {
				if err = banktest.Transfer(t.Context(), v, random); err != nil {
					break
				}
				made++
			}
			if aerr := banktest.Audit(t.Context(), v); aerr != nil {
				t.Fatalf("round %d, on the full disk: %v", round, aerr)
			}
			err = errors.Join(err, v.Close())
		}
		if err != nil {
			refused++
			wantCode(t, err, vault.NoSpace)
		}
		f.with(func(v *vault.Vault) {
			if err := banktest.Audit(t.Context(), v); err != nil {
				t.Fatalf("round %d: %v", round, err)
			}
			f.whole(v)
		}, readOnly)
		if err := os.Remove(hog); err != nil {
			t.Fatal(err)
		}
		f.with(func(v *vault.Vault) {
			if err := banktest.Transfer(t.Context(), v, random); err != nil {
				t.Fatalf("round %d, with room again: %v", round, err)
			}
			if err := banktest.Audit(t.Context(), v); err != nil {
				t.Fatalf("round %d: %v", round, err)
			}
			f.whole(v)
		})
	}
	t.Logf("%d rounds, %d transfers, %d times refused", rounds, made, refused)
}
