package group

import (
	"context"
	"fmt"
	"time"

	"github.com/tacit-vault/tacit/cli/failure"
	"github.com/tacit-vault/tacit/cli/frame"
	"github.com/tacit-vault/tacit/vault"
	"github.com/tacit-vault/tacit/vault/group"
)

// Fresh finds out which groups of a vault were last heard of longer ago than most, for
// --max-age. The time is that of the owner's newest beat, by this machine's clock.
func Fresh(ctx context.Context, v *vault.Vault, now time.Time, most time.Duration) (frame.Freshness, error) {
	groups, err := group.List(ctx, v)
	if err != nil {
		return nil, err
	}
	var old []group.Status
	for _, g := range groups {
		st, err := g.Known(ctx)
		if err != nil {
			return nil, err
		}
		if now.Sub(st.AsOf).Abs() > most { // one of the clocks is wrong where it is ahead
			old = append(old, st)
		}
	}
	return func(names ...string) error {
		for _, st := range old {
			for _, name := range names {
				if st.Takes(name) {
					return stale(st, name, now, most)
				}
			}
		}
		return nil
	}, nil
}

func stale(st group.Status, name string, now time.Time, most time.Duration) error {
	heard := fmt.Sprintf("was last heard of %s ago, longer than %s", now.Sub(st.AsOf).Round(time.Second), most)
	switch {
	case st.AsOf.IsZero():
		heard = "was never heard of"
	case st.AsOf.After(now):
		heard = "was last heard of at " + frame.Stamp(st.AsOf) + ", and this machine’s clock is behind that"
	}
	return failure.Fault(vault.Stale, "%s: its group %s %s", name, nameOf(st), heard).
		Hinted("{tacit sync %s}, or read it without --max-age", nameOf(st))
}
