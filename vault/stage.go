package vault

import (
	"context"
	"strconv"

	"github.com/tacit-vault/tacit/crypto"
	"github.com/tacit-vault/tacit/store"
)

const (
	// leastSealed is less than any record and its key take, in bytes, beside the value.
	leastSealed = 300
	// mostSealed is about what they take, and a name in the index; in a post-quantum
	// vault it is hybridSealed more.
	mostSealed   = 900
	hybridSealed = 1700
)

// tooLarge tells whether what is proposed is certainly more than a transaction holds.
func (p *plan) tooLarge() bool {
	small, large := 0, 0
	for _, change := range p.proposed {
		if n := change.size() + leastSealed; n > store.LargeValue {
			large += n
		} else {
			small += n
		}
	}
	return len(p.proposed) > store.MaxTxEntries || small > store.MaxTxBytes || large > store.MaxTxLarge
}

// size is the length of the value, in bytes, as far as the change says it.
func (c *Change) size() int {
	if c.Delete || c.Keep {
		return 0
	}
	return len(c.Value.Reveal())
}

// stage seals what is proposed in a plan that no transaction holds, and writes each
// record when it is sealed, so that memory never has all of them. The head does not
// reach what is written: killed anywhere, the old state stands, and the next writer
// sweeps. On an error it is taken back.
func (c *committer) stage(ctx context.Context, p *plan, progress func(done, total int)) error {
	err := c.stageAll(ctx, p, progress)
	if err == nil {
		err = c.current.unlockedView(ctx, "", func(s *snapshot) error {
			p.s = s
			return p.finish()
		})
	}
	c.abandon(ctx, p, err)
	return err
}

func (c *committer) stageAll(ctx context.Context, p *plan, progress func(done, total int)) error {
	need, total := p.need(), len(p.proposed)
	p.changed = nil
	// An entry takes the place of the one before it, which is needed no more.
	p.entries, p.reports = p.olds[:0], make([]report, 0, total)
	for len(p.proposed) > 0 {
		some := p.some()
		var records []pair
		err := c.current.unlockedView(ctx, "", func(s *snapshot) (err error) {
			p.s, p.staged = s, nil // its reader; the one before has ended
			for i, change := range some {
				if err := p.take(proposal{change, p.olds[i]}); err != nil {
					return err
				}
			}
			records, err = p.seal(ctx, p.staged)
			return err
		})
		if err == nil && len(records) > 0 {
			err = c.put(ctx, p, need, records)
		}
		if err != nil {
			return err
		}
		p.proposed, p.olds = p.proposed[len(some):], p.olds[len(some):]
		if len(p.proposed) == 0 {
			p.staged, p.proposed, p.olds = nil, nil, nil // the index needs the memory
		}
		if progress != nil {
			progress(total-len(p.proposed), total)
		}
	}
	return nil
}

// put writes some records of a batch, and before the first of them that there is
// one. need is how many bytes all of it takes.
func (c *committer) put(ctx context.Context, p *plan, need int64, records []pair) error {
	if !p.begun {
		// A deletion is what a full disk needs: the store has kept room for it.
		if sp, ok := c.current.store.(store.Spacer); ok && need > 0 {
			if err := sp.CheckSpace(need); err != nil {
				return storeError(c.current.dir, err)
			}
		}
		p.begun, c.swept = true, false // until the batch is whole
		records = append([]pair{{batchKey, strconv.AppendUint(nil, p.seq, 10)}}, records...)
	}
	return storeError(c.current.dir, writeInSteps(ctx, c.current.store, records, nil))
}

// abandon takes back what was written of a plan that failed.
func (c *committer) abandon(ctx context.Context, p *plan, failed error) {
	if failed != nil && p.begun {
		c.takeBack(ctx, failed)
	}
}

// some is the first part of what is proposed: about as much as a transaction holds.
func (p *plan) some() []*Change {
	size, n := 0, 0
	for n < len(p.proposed) && (n == 0 || size < store.MaxTxBytes) {
		size += p.proposed[n].size() + minRecord
		n++
	}
	return p.proposed[:n]
}

// need is about how many bytes the plan writes, once sealed: none where it only
// deletes.
func (p *plan) need() (n int64) {
	each, deletes := mostSealed, true
	if p.head.Suite == crypto.Hybrid {
		each += hybridSealed
	}
	for _, change := range p.proposed {
		deletes = deletes && change.Delete
		n += int64(change.size() + each)
	}
	if deletes {
		return 0
	}
	return n
}
