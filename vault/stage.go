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
	// mostSealed is about what they take, and a name in the index, in a vault of the
	// classic suite.
	mostSealed = 900
)

// tooLarge tells whether what is staged is certainly more than a transaction holds.
func (p *plan) tooLarge() bool {
	small, large := 0, 0
	for _, st := range p.staged {
		if n := len(st.plain) + leastSealed; n > store.LargeValue {
			large += n
		} else {
			small += n
		}
	}
	return len(p.staged) > store.MaxTxEntries || small > store.MaxTxBytes || large > store.MaxTxLarge
}

// stage seals what is staged in a plan that no transaction holds, and writes each
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
	need, total := p.need(), len(p.staged)
	for len(p.staged) > 0 {
		some := p.some()
		var records []pair
		err := c.current.unlockedView(ctx, "", func(s *snapshot) (err error) {
			p.s = s // its reader; the one before has ended
			records, err = p.seal(ctx, some)
			return err
		})
		if err == nil && len(records) > 0 {
			err = c.put(ctx, p, need, records)
		}
		if err != nil {
			return err
		}
		p.staged = p.staged[len(some):]
		clear(some) // what they hold is needed no more
		if progress != nil {
			progress(total-len(p.staged), total)
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

// some is the first part of what is staged: about as much as a transaction holds.
func (p *plan) some() []*staged {
	size, n := 0, 0
	for n < len(p.staged) && (n == 0 || size < store.MaxTxBytes) {
		size += len(p.staged[n].plain) + minRecord
		n++
	}
	return p.staged[:n]
}

// need is about how many bytes the plan writes, once sealed: none where it only
// deletes.
func (p *plan) need() (n int64) {
	deletes := true
	for _, st := range p.staged {
		deletes = deletes && st.header.Kind == crypto.Gone
		n += int64(len(st.plain) + mostSealed)
	}
	if deletes {
		return 0
	}
	return n
}
