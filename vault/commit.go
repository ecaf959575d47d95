package vault

import (
	"context"
	"errors"
	"strconv"

	"github.com/tacit-vault/tacit/crypto"
	"github.com/tacit-vault/tacit/store"
)

// A committer writes plans into a vault, each whole or not at all, and clears away
// what is left of one that was stopped. Who uses it holds Vault.writing, or has the
// vault alone.
type committer struct {
	current *current
	witness *witness
	warn    func(error)
	swept   bool // leftovers of a batch were looked for
}

// errTooBig ends the attempt to write a plan in one transaction.
var errTooBig = errors.New("more than one transaction")

// write puts the plan into the store: in one transaction where it fits.
func (c *committer) write(ctx context.Context, p *plan, head *crypto.SignedHead, z []byte, progress func(done, total int)) error {
	if p.begun {
		return c.writeBatch(ctx, p, head, z, progress)
	}
	// A deletion is what a full disk needs: the store has kept room for it.
	if sp, ok := c.current.store.(store.Spacer); ok && !p.onlyDeletes() {
		if err := sp.CheckSpace(p.size()); err != nil {
			return err
		}
	}
	err := errTooBig
	if p.size() < store.MaxTxBytes+store.MaxTxLarge {
		err = c.writeOnce(p, head, z)
	}
	if !errors.Is(err, errTooBig) {
		return err
	}
	c.swept = false // until the batch is whole
	return c.writeBatch(ctx, p, head, z, progress)
}

// writeOnce writes the whole plan in one transaction, or returns errTooBig.
func (c *committer) writeOnce(p *plan, head *crypto.SignedHead, z []byte) error {
	if err := c.grow(p, z); err != nil {
		return err
	}
	err := c.commitHead(head, z, func(w store.Writer) error {
		err := putAll(w, p.records, p.slots)
		for i := 0; err == nil && i < len(p.nodes); i++ {
			err = w.Put(p.nodes[i].Key, p.nodes[i].Single())
		}
		for i := 0; err == nil && i < len(p.trim); i++ {
			err = w.Delete(p.trim[i])
		}
		if err == nil {
			err = putAll(w, p.log)
		}
		return err
	}, nil)
	if errors.Is(err, store.ErrTooBig) {
		return errTooBig
	}
	return err
}

// grow has the store take the plan in one transaction, where any store does.
func (c *committer) grow(p *plan, z []byte) error {
	entries, bytes := p.weight(z)
	return store.Grow(c.current.store, entries, bytes)
}

// commitHead puts the head, with what goes with it, as current.put does. The
// machine's memory is written ahead of it: what cannot be remembered is not
// committed.
func (c *committer) commitHead(head *crypto.SignedHead, z []byte, rest func(store.Writer) error, then func()) error {
	ahead, err := c.witness.prepare(c.current.head, head)
	if err != nil {
		return err
	}
	err = c.current.put(head, z, rest, then)
	c.witness.settle(ahead, err)
	return err
}

func putAll(w store.Writer, lists ...[]pair) error {
	for _, list := range lists {
		for _, kv := range list {
			if err := w.Put(kv.key, kv.value); err != nil {
				return err
			}
		}
	}
	return nil
}

// writeBatch writes a plan that no transaction holds. The first transaction
// says so in p; the records follow, which the head does not reach yet, then
// the index nodes in dual form; the head makes it all true at once; only then
// is anything deleted. Killed anywhere before the head, the old state stands,
// and the next writer sweeps.
func (c *committer) writeBatch(ctx context.Context, p *plan, head *crypto.SignedHead, z []byte, progress func(done, total int)) error {
	list := append([]pair{{batchKey, strconv.AppendUint(nil, p.seq, 10)}}, p.slots...)
	list = append(list, p.records...)
	err := writeEach(ctx, c.current.store, len(list)+len(p.nodes), func(i int) pair {
		if i < len(list) {
			return list[i]
		}
		n := p.nodes[i-len(list)]
		return pair{n.Key, n.Dual()}
	}, progress)
	if err != nil {
		c.takeBack(ctx, err)
		return err
	}
	if err := c.grow(p, z); err != nil {
		c.takeBack(ctx, err)
		return err
	}
	few := len(p.trim) < store.MaxTxEntries/2 && totalLength(p.trim) < store.MaxTxBytes/2
	err = c.commitHead(head, z, func(w store.Writer) error {
		if err := putAll(w, p.log); err != nil {
			return err
		}
		if !few {
			return nil // p stays until the deletions are done
		}
		for _, key := range p.trim {
			if err := w.Delete(key); err != nil {
				return err
			}
		}
		return w.Put(batchKey, []byte(batchClean))
	}, nil)
	if err != nil {
		c.takeBack(ctx, err)
		return err
	}
	if !few {
		err = trimInSteps(c.current.store, p.trim)
	}
	// The batch is committed, whatever became of the deletions: what is left of
	// them is for the next change to sweep.
	c.swept = err == nil
	c.warn(fail("sweep", err))
	return nil
}

// takeBack removes what a batch wrote that failed, if the disk lets us; else the
// next writer will.
func (c *committer) takeBack(ctx context.Context, failed error) {
	if errors.Is(failed, store.ErrUncertain) {
		return // it may be committed
	}
	if err := c.sweep(context.WithoutCancel(ctx)); err == nil {
		c.swept = true
	}
}

// trimInSteps deletes what a batch no longer keeps, and says that it is done.
func trimInSteps(s store.Store, keys [][]byte) error {
	if err := deleteInSteps(s, keys); err != nil {
		return err
	}
	return s.Update(func(w store.Writer) error { return w.Put(batchKey, []byte(batchClean)) })
}

// writeInSteps puts the list in as many transactions as it takes.
func writeInSteps(ctx context.Context, s store.Store, list []pair, progress func(done, total int)) error {
	return writeEach(ctx, s, len(list), func(i int) pair { return list[i] }, progress)
}

// writeEach is writeInSteps of total pairs, each of which is made when it is put.
func writeEach(ctx context.Context, s store.Store, total int, at func(i int) pair, progress func(done, total int)) error {
	const few = 16
	size := int64(store.SmallTxBytes)
	if total <= few {
		size = 0
		for i := range total {
			kv := at(i)
			size += int64(len(kv.key) + len(kv.value))
		}
	}
	if err := store.Grow(s, total, size); err != nil {
		return err
	}
	for done := 0; done < total; {
		if err := ctx.Err(); err != nil {
			return err
		}
		from := done
		err := s.Update(func(w store.Writer) error {
			for ; done < total; done++ {
				kv := at(done)
				err := w.Put(kv.key, kv.value)
				if errors.Is(err, store.ErrTooBig) && done > from {
					return nil // full: the next transaction takes it
				}
				if err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
		if progress != nil {
			progress(done, total)
		}
	}
	return nil
}

// deleteInSteps deletes the keys in as many transactions as it takes.
func deleteInSteps(s store.Store, keys [][]byte) error {
	const step = store.MaxTxEntries / 2
	if err := store.Grow(s, len(keys), totalLength(keys)); err != nil {
		return err
	}
	for len(keys) > 0 {
		done := 0
		err := s.Update(func(w store.Writer) error {
			for ; done < min(step, len(keys)); done++ {
				err := w.Delete(keys[done])
				if errors.Is(err, store.ErrTooBig) && done > 0 {
					return nil // full: the next transaction takes it
				}
				if err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
		keys = keys[done:]
	}
	return nil
}
