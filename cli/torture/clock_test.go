package torture

import (
	"context"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/tacit-vault/tacit/vault"
)

// TestClock sets the clock back and forth between sessions, by decades: to
// where a machine without a battery begins, behind 2038, behind 2106. Times are
// what they are; order, proof and memory do not rest on them.
func TestClock(t *testing.T) {
	rng := dice(t)
	b, err := newBench(fastDir(t))
	if err == nil {
		err = b.makeFixtures(rng, "closed")
	}
	if err == nil {
		err = b.restore("closed")
	}
	if err != nil {
		t.Fatal(err)
	}
	want, err := b.contents()
	if err != nil {
		t.Fatal(err)
	}
	clocks := []int64{0, 1, 1_000_000_000, 1<<31 - 1, 1 << 31, 1 << 32, 4_000_000_000, 253_402_300_798, time.Now().Unix()}
	rounds := budget(20)
	for n := range rounds {
		at := time.Unix(clocks[rng.IntN(len(clocks))]+rng.Int64N(2), 0)
		if err := b.tick(at, rng, n, want); err != nil {
			t.Fatalf("round %d, at %v: %v", n, at, err)
		}
		got, err := b.contents()
		if err != nil {
			t.Fatalf("round %d, at %v: %v", n, at, err)
		}
		if diff := differ(got, want); diff != "" {
			t.Fatalf("round %d, at %v: %s", n, at, diff)
		}
	}
	t.Logf("%d sessions at %d times", rounds, len(clocks))
}

// tick is one session at a time.
func (b *bench) tick(at time.Time, rng *rand.Rand, n int, want contents) error {
	o := b.options(true)
	o.Now = func() time.Time { return at }
	v, err := vault.Open(context.Background(), b.vault(), o)
	if err != nil {
		return err
	}
	defer v.Close()
	name, value := fmt.Sprintf("CLOCK%d", rng.IntN(3)), noise(rng, 40)
	info, err := v.Set(context.Background(), name, vault.Text(value))
	if err != nil {
		return err
	}
	if !info.Updated.Equal(at) {
		return fmt.Errorf("it says %v", info.Updated)
	}
	if version := fmt.Sprintf("%s at %d", name, info.Version); want[version] == "" {
		want[version] = value
	} else {
		return fmt.Errorf("round %d: %s is not a new version", n, version)
	}
	if info.Oldest > 1 {
		delete(want, fmt.Sprintf("%s at %d", name, info.Oldest-1))
	}
	return v.Close()
}
