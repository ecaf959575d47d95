package vault_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tacit-vault/tacit/crypto"
	"github.com/tacit-vault/tacit/vault"
)

var killRotations = flag.Int("kill.rotations", 6, "how often a rotating process is killed")

// rotateUntilKilled is the child: it rotates again and again.
func rotateUntilKilled(dir string) int {
	v, err := openInChild(dir)
	if err != nil {
		fmt.Println("error", err)
		return 1
	}
	fmt.Println("open", 0)
	for n := 1; ; n++ {
		if _, err := v.Rotate(context.Background(), vault.RotateOptions{}); err != nil {
			fmt.Println("error", err)
			return 1
		}
		fmt.Println("rotated", n)
	}
}

// A rotation that is killed leaves the old vault or the new one, whole; what
// was rotated away opens nothing any more; and nothing of it stays behind once
// a writer has come by.
func TestKillRotate(t *testing.T) {
	t.Parallel()
	f := newKillFixture(t)
	want := map[string]expected{}
	f.with(func(v *vault.Vault) {
		if _, err := v.Apply(t.Context(), manyChanges(1500, "first"), nil); err != nil {
			t.Fatal(err)
		}
		if _, err := v.Apply(t.Context(), manyChanges(300, "second"), nil); err != nil {
			t.Fatal(err)
		}
		want = contents(t, v)
	})
	before, after := 0, 0
	old := f.oldSlots()
	f.killEach(killRuns{
		rounds: *killRotations, short: 2, within: 1200 * time.Millisecond, stream: 1, env: []string{"TACIT_TEST_ROTATES=1"},
	}, func(round int, said map[string]int) {
		if f.checkRotated(round, want, old, said["rotated"] > 0) {
			after++
		} else {
			before++
		}
		old = f.oldSlots()
	})
	t.Logf("%d times the old vault, %d times a new one", before, after)
}

// oldSlots is what the vault's slots hold: the identities that open it.
func (f *fixture) oldSlots() (ids []*crypto.Identity) {
	f.t.Helper()
	var slots []vault.SlotInfo
	f.with(func(v *vault.Vault) { slots = v.Status().Slots }, locked)
	for _, s := range slots {
		file := f.rawGet(fmt.Sprintf("k/%010d", s.ID))
		id, err := crypto.OpenSlot(context.Background(), f.key, crypto.Slot{ID: s.ID, Label: s.Label, Kind: s.Kind, Sum: crypto.Sum(file)}, file)
		if err != nil {
			f.t.Fatal(err)
		}
		ids = append(ids, id)
	}
	return ids
}

// checkRotated holds the vault against what was in it, and tells whether it is
// a new one. A reader comes before the writer in every other round.
func (f *fixture) checkRotated(round int, want map[string]expected, old []*crypto.Identity, must bool) (rotated bool) {
	f.t.Helper()
	ways := [][]func(*vault.Options){{readOnly}, {}}
	for _, way := range [][]func(*vault.Options){ways[round%2], ways[(round+1)%2]} {
		f.with(func(v *vault.Vault) {
			if got := contents(f.t, v); !sameContents(got, want) {
				f.t.Fatalf("round %d: %d secrets, want %d, or they differ", round, len(got), len(want))
			}
			if v.Status().Writable { // the first change sweeps
				set(f.t, v, "SWEEP", fmt.Sprint(round))
			}
			r, err := v.Verify(context.Background(), vault.VerifyOptions{Full: true})
			if err != nil || len(r.Findings) > 0 {
				f.t.Fatalf("round %d: %+v, %v", round, r.Findings, err)
			}
			if v.Status().Writable && r.Unfinished {
				f.t.Fatalf("round %d: not swept", round)
			}
		}, way...)
	}
	rotated = !f.opens(old)
	if must && !rotated {
		f.t.Fatalf("round %d: the old slots still open the vault", round)
	}
	if n := len(f.keys("s/")); rotated && n != 1500+300+1+min(round, 9) {
		f.t.Errorf("round %d: %d records", round, n)
	}
	return rotated
}

// opens tells whether an identity is still the vault's.
func (f *fixture) opens(ids []*crypto.Identity) bool {
	f.t.Helper()
	head, err := crypto.ParseHead(f.rawGet("z"))
	if err != nil {
		f.t.Fatal(err)
	}
	return slices.ContainsFunc(ids, func(id *crypto.Identity) bool {
		keys, err := id.Unlock(head.Vault)
		if err != nil {
			f.t.Fatal(err)
		}
		err = keys.CheckHead(head)
		if err != nil && !errors.Is(err, crypto.ErrForged) {
			f.t.Errorf("%v", err)
		}
		return err == nil
	})
}

func sameContents(got, want map[string]expected) bool {
	for name, w := range want {
		if got[name] != w {
			return false
		}
	}
	for name := range got {
		if _, ok := want[name]; !ok && !strings.HasPrefix(name, "SWEEP") {
			return false
		}
	}
	return true
}
