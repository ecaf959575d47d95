package vault

import (
	"context"
	"errors"

	"github.com/tacit-vault/tacit/crypto"
)

// DrillOptions are the options of Drill.
type DrillOptions struct {
	Progress func(done, total int) // records; may be nil; called from several goroutines
}

// DrillResult is what a drill found out about one slot.
type DrillResult struct {
	Slot   SlotInfo
	Opened bool   // it gave the vault's identity
	Key    string // the name of the key that opened it
	Err    error  // why a key that could be its own could not be tried; nil where none was at hand
}

const opDrill = "key drill"

// Drill tries the keys on every slot, and proves that the slots which open
// give the identity that reads every version of every secret. It records the
// day for them. The report is that of a full Verify: where it has findings,
// nothing is recorded.
func (v *Vault) Drill(ctx context.Context, keys []crypto.Key, o DrillOptions) (results []DrillResult, report Report, err error) {
	defer naming(opDrill, &err)
	if err := v.writable(); err != nil {
		return nil, Report{}, err
	}
	results, err = v.current.drill(ctx, keys)
	if err != nil {
		return nil, Report{}, err
	}
	report, err = v.Verify(ctx, VerifyOptions{Full: true, Progress: o.Progress})
	if err != nil || len(report.Findings) > 0 {
		return results, report, err
	}
	_, err = v.change(ctx, opDrill, func(p *plan) error {
		days := drills{}
		old, err := p.s.reserved(drillsName, &days)
		if err != nil {
			return err
		}
		kept := drills{}
		for _, s := range p.head.Slots {
			if day, ok := days[s.ID]; ok {
				kept[s.ID] = day
			}
		}
		for _, r := range results {
			if r.Opened {
				kept[r.Slot.ID] = p.time
			}
		}
		return p.stageReserved(drillsName, old, kept)
	}, nil)
	return results, report, err
}

// drill tries every key on every slot.
func (c *current) drill(ctx context.Context, keys []crypto.Key) ([]DrillResult, error) {
	head, files, err := c.slotFiles(ctx)
	if err != nil {
		return nil, err
	}
	_, own := c.ownIdentity()
	if own == nil {
		return nil, lockedError(c.dir, head.Slots)
	}
	defer own.Wipe()
	results := make([]DrillResult, len(head.Slots))
	for i, s := range head.Slots {
		r := &results[i]
		r.Slot = slotInfo(s)
		for _, k := range keys {
			if err := ctx.Err(); err != nil {
				return nil, err
			}
			id, err := crypto.OpenSlot(ctx, k, s, files[i])
			switch {
			case errors.Is(err, crypto.ErrWrongKey):
				continue
			case err != nil:
				r.Err = err
				continue
			}
			r.Opened, r.Key = id.Equal(own), k.Name()
			if id.Wipe(); !r.Opened {
				r.Err = &SecretError{Code: SlotTampered, Op: opDrill, Path: c.dir, Message: "key slot " + s.Label + " holds another identity than the vault's"}
			}
			break
		}
	}
	return results, nil
}
