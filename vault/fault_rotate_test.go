package vault_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/tacit-vault/tacit/vault"
)

// A rotation during which any one of the store's transactions fails, in any
// way, leaves the old vault or the new one; the next writer sweeps, and nothing
// is left over.
func TestRotateFaults(t *testing.T) {
	t.Parallel()
	long(t)
	f := newFixture(t)
	f.with(func(v *vault.Vault) {
		for _, value := range []string{"one", "two"} {
			if _, err := v.Apply(t.Context(), manyChanges(120, value), nil); err != nil {
				t.Fatal(err)
			}
		}
	})
	var want map[string]expected
	f.with(func(v *vault.Vault) { want = contents(t, v) }, readOnly)
	total := f.copy("count").faultyRotation(0, fault{})
	if total < 4 {
		t.Fatalf("%d updates: not a batch", total)
	}
	for n := 1; n <= total; n++ {
		for _, how := range faults {
			t.Run(fmt.Sprintf("%s at %d", how.name, n), func(t *testing.T) {
				g := f.copy("faulty")
				g.t = t
				g.faultyRotation(n, how)
				g.with(func(v *vault.Vault) {
					if !sameContents(contents(t, v), want) {
						t.Error("not what was in it")
					}
					set(t, v, "SWEEP", "x")
					r, err := v.Verify(t.Context(), vault.VerifyOptions{Full: true})
					if err != nil || len(r.Findings) > 0 || r.Unfinished {
						t.Errorf("%+v, %v", r, err)
					}
				})
				if keys := g.keys("s/"); len(keys) != 241 {
					t.Errorf("%d records", len(keys))
				}
				if keys := g.keys("k/"); len(keys) != 1 {
					t.Errorf("%d slots", len(keys))
				}
			})
		}
	}
}

// faultyRotation rotates while Update number n fails, and returns how many
// Updates there were.
func (f *fixture) faultyRotation(n int, how fault) int {
	f.t.Helper()
	v := f.open()
	defer v.Close()
	before := v.Status().Pin
	s := failing(v, n, how)
	r, err := v.Rotate(context.Background(), vault.RotateOptions{})
	if err == nil && (r.NewPin == before || v.Status().Pin != r.NewPin) {
		f.t.Errorf("rotated to %s, the pin is %s", r.NewPin, v.Status().Pin)
	}
	if err != nil && n == 0 {
		f.t.Fatal(err)
	}
	return s.calls
}
