package vault_test

import (
	"fmt"
	"testing"

	"github.com/tacit-vault/tacit/crypto"
	"github.com/tacit-vault/tacit/vault"
)

// With no room on the disk neither a key is added nor a rotation begun or left
// half done; with room again both work.
func TestFullDiskAndKeys(t *testing.T) {
	t.Parallel()
	long(t)
	disk := smallDisk(t, 80)
	f := newFixture(t)
	moved := disk + "/vault"
	copyDir(t, f.dir, moved)
	f.dir = moved
	var want map[string]expected
	f.with(func(v *vault.Vault) {
		var changes []vault.Change
		for i := range 900 {
			changes = append(changes, vault.Change{Name: fmt.Sprintf("N%d", i), Value: vault.Text(fmt.Sprintf("%09000d", i))})
		}
		if _, err := v.Apply(t.Context(), changes, nil); err != nil {
			t.Fatal(err)
		}
		want = contents(t, v)
	})
	hog := disk + "/hog"
	keys := map[crypto.Key]bool{} // whether it was added
	outcomes, added := map[vault.Code]int{}, map[vault.Code]int{}
	for free := 0; free <= 48; free += 4 {
		fillDisk(t, hog)
		shrink(t, hog, int64(free)<<20)
		v, err := f.tryOpen()
		if err == nil {
			before := v.Status()
			// The writer has its room; then somebody else takes it.
			if free%8 == 0 {
				fillDisk(t, hog)
			}
			key, lock := newKey(t, false)
			_, err = v.AddSlot(t.Context(), vault.NewSlot{Label: fmt.Sprintf("at-%d", free), Lock: lock})
			if added[vault.CodeOf(err)]++; err != nil {
				wantCode(t, err, vault.NoSpace)
			}
			if now := v.Status(); err != nil && (len(now.Slots) != len(before.Slots) || now.Seq != before.Seq) {
				t.Errorf("%d MiB free: a slot is half there", free)
			}
			shrink(t, hog, int64(free)<<20)
			keys[key] = err == nil
			_, err = v.Rotate(t.Context(), vault.RotateOptions{Relock: keepAll})
			v.Close()
		}
		outcomes[vault.CodeOf(err)]++
		if err != nil {
			wantCode(t, err, vault.NoSpace)
		}
		f.with(func(v *vault.Vault) {
			if !sameContents(contents(t, v), want) {
				t.Fatalf("%d MiB free: not what was in it", free)
			}
			r, err := v.Verify(t.Context(), vault.VerifyOptions{Full: true})
			if err != nil || len(r.Findings) > 0 {
				t.Fatalf("%d MiB free: %+v, %v", free, r, err)
			}
		}, lasting)
	}
	shrink(t, hog, 1<<40)
	f.with(func(v *vault.Vault) {
		rotate(t, v, vault.RotateOptions{Relock: keepAll})
		verifies(t, v)
	})
	for key, want := range keys {
		v, err := f.tryOpen(withKeys(key), readOnly)
		if (err == nil) != want {
			t.Errorf("a key that was added (%t): %v", want, err)
		}
		if err == nil {
			v.Close()
		}
	}
	if records := f.keys("s/"); len(records) != 900 {
		t.Errorf("%d records", len(records))
	}
	t.Logf("rotations: %v, slots: %v", outcomes, added)
	if outcomes[vault.NoSpace] == 0 || added[vault.NoSpace] == 0 || added[""] == 0 {
		t.Error("the disk was never too full, or always")
	}
}
