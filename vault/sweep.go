package vault

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"

	"github.com/tacit-vault/tacit/crypto"
	"github.com/tacit-vault/tacit/store"
)

// sweepOnce sweeps before the first write of this handle if a batch was left
// unfinished. Head, slots and anchor have been checked by then.
func (c *committer) sweepOnce(ctx context.Context) error {
	if c.swept {
		return nil
	}
	var under bool
	err := c.current.unlockedView(ctx, "", func(s *snapshot) (err error) {
		under, err = s.batchUnderWay()
		return err
	})
	if err == nil && under {
		err = c.sweep(ctx)
	}
	c.swept = err == nil
	return wrap("", err)
}

// manyUnreached is how many entries of an interrupted batch are worth rewriting
// the store for: it may have been interrupted for want of the space they take.
const manyUnreached = 500

// sweep removes what the head does not reach: the leftovers of a batch that was
// interrupted. Where a node is in dual form, the body that the head reaches
// stays. What p says decides nothing, so planting it does nothing; it is
// deleted last. Readers never sweep.
func (c *committer) sweep(ctx context.Context) error {
	var (
		mend    []pair
		remove  [][]byte
		rotated bool
	)
	err := c.current.view(ctx, "sweep", func(s *snapshot) (err error) {
		if rotated, err = s.rotationUnderWay(); err != nil {
			return err
		}
		mend, remove, err = s.unreached(ctx)
		return err
	})
	if err != nil {
		return err
	}
	if err := writeInSteps(ctx, c.current.store, mend, nil); err != nil {
		return err
	}
	if err := deleteInSteps(c.current.store, remove); err != nil {
		return err
	}
	if rotated || len(remove) > manyUnreached {
		err := forgetBytes(ctx, c.current.store, c.current.dir)
		if err != nil && rotated && errors.Is(err, store.ErrNoPurge) {
			c.warn(err) // and nothing is left to do
		} else if err != nil && rotated {
			// For want of space, say. The vault is whole without it: p stays, and
			// says to the next writer what is left to do.
			c.warn(err)
			return nil
		}
	}
	return c.current.store.Update(func(w store.Writer) error { return w.Delete(batchKey) })
}

// rotationUnderWay tells whether the batch that was not finished is a rotation
// that was committed: then the bytes of what it deleted are to go, too.
func (s *snapshot) rotationUnderWay() (bool, error) {
	p, err := s.get("", batchKey)
	if err != nil {
		return false, err
	}
	seq, err := strconv.ParseUint(string(p), 10, 64)
	if err != nil || seq > s.head.Seq {
		return false, nil
	}
	link, err := s.get("", linkKey(seq))
	return link != nil, err
}

// unreached lists the nodes to be put back to what the head reaches, and the
// keys of nodes, records, slots and log entries that it does not reach.
func (s *snapshot) unreached(ctx context.Context) (mend []pair, remove [][]byte, err error) {
	reached := map[string]bool{}
	err = crypto.WalkNodes(s.head.Root, s.node, func(key, stored, body []byte) error {
		reached[string(key)] = true
		if single := (crypto.Node{Key: key, Body: body}).Single(); !bytes.Equal(single, stored) {
			mend = append(mend, pair{bytes.Clone(key), single})
		}
		return ctx.Err()
	})
	if err != nil {
		return nil, nil, indexError("", err)
	}
	for _, slot := range s.head.Slots {
		reached[string(slotKey(slot.ID))] = true
	}
	for _, space := range []string{nodeSpace, slotSpace} {
		for key, err := range s.r.Keys([]byte(space), nil) {
			if err != nil {
				return nil, nil, err
			}
			if !reached[string(key)] {
				remove = append(remove, key)
			}
		}
	}
	stray, err := s.strayRecords(ctx, s.entry)
	if err != nil {
		return nil, nil, err
	}
	foreign, err := s.foreignKeys()
	if err != nil {
		return nil, nil, err
	}
	if log, err := s.checkLog(); err == nil { // a damaged one is for verify to tell of
		foreign = append(foreign, log...)
	}
	old, err := s.sweptLog()
	return mend, slices.Concat(remove, stray, foreign, old), err
}

// strayRecords lists the keys of records that the index does not reach:
// versions outside of what an entry keeps, another commit's record of the
// current version, and of an older version all but the one that the version
// after it names. Keys come sorted by name, so that each name is looked up once,
// with entry.
func (s *snapshot) strayRecords(ctx context.Context, entry func(string) (crypto.Entry, bool, error)) (stray [][]byte, err error) {
	var (
		e     crypto.Entry
		known bool
		last  = "/" // no name
		byVer = map[uint64][][]byte{}
	)
	flush := func() error {
		more, err := s.strayVersions(e, byVer)
		stray = append(stray, more...)
		clear(byVer)
		return err
	}
	unknown := false // in the lenient form: what the index says of the name
	for key, err := range s.r.Keys([]byte(recordSpace), nil) {
		if err == nil {
			err = ctx.Err()
		}
		if err != nil {
			return nil, err
		}
		name, n, seq, err := parseRecordKey(key)
		if err != nil {
			stray = append(stray, key)
			continue
		}
		if name != last {
			if err := flush(); err != nil {
				return nil, err
			}
			e, known, err = entry(name)
			if unknown = err != nil; unknown && !s.tolerates(err) {
				return nil, err
			}
			last = name
		}
		if unknown {
			continue
		}
		if !known || n < e.Oldest || n > e.Version || (n == e.Version && seq != e.Seq) {
			stray = append(stray, key)
			continue
		}
		byVer[n] = append(byVer[n], key)
	}
	return stray, flush()
}

// lenient is the snapshot for who only looks: damage makes nothing stray that
// cannot be told.
func (s *snapshot) lenient() *snapshot {
	c := *s
	c.looking = true
	return &c
}

// tolerates tells whether an error about damage may be passed over.
func (s *snapshot) tolerates(err error) bool { return s.looking && CodeOf(err).Tampering() }

// strayVersions finds, among several records of one older version, those that
// the chain of history does not name.
func (s *snapshot) strayVersions(e crypto.Entry, byVer map[uint64][][]byte) (stray [][]byte, err error) {
	several := false
	for _, keys := range byVer {
		several = several || len(keys) > 1
	}
	if !several {
		return nil, nil
	}
	reached := map[crypto.Digest]bool{}
	err = s.history(e, func(ver version) (bool, error) {
		reached[crypto.Sum(ver.record)] = true
		return true, nil
	})
	if err != nil {
		if s.tolerates(err) {
			return nil, nil // which of them is the right one cannot be told
		}
		return nil, err
	}
	for _, keys := range byVer {
		for _, key := range keys {
			b, err := s.r.Get(key)
			if err != nil {
				return nil, err
			}
			if !reached[crypto.Sum(b)] {
				stray = append(stray, key)
			}
		}
	}
	return stray, nil
}

// parseSlotKey is the inverse of slotKey.
func parseSlotKey(key []byte) (uint32, error) {
	digits, ok := bytes.CutPrefix(key, []byte(slotSpace))
	id, err := strconv.ParseUint(string(digits), 10, 32)
	if !ok || err != nil || len(digits) != 10 {
		return 0, fmt.Errorf("%w: a key that is no slot's", crypto.ErrMalformed)
	}
	return uint32(id), nil
}

// foreignKeys lists the keys that are in no space of the format. It jumps over
// those that are.
func (s *snapshot) foreignKeys() (foreign [][]byte, err error) {
	for from := []byte(nil); ; {
		next := []byte(nil)
		for key, err := range s.r.Keys(nil, from) {
			if err != nil {
				return foreign, err
			}
			if end := endOfSpace(key); end != nil {
				next = end
				break
			}
			foreign = append(foreign, key)
		}
		if next == nil {
			return foreign, nil
		}
		from = next
	}
}

// endOfSpace is the first key behind the space of the format that key is in,
// nil where it is in none.
func endOfSpace(key []byte) []byte {
	for _, one := range [][]byte{headKey, batchKey} {
		if bytes.Equal(key, one) {
			return append(bytes.Clone(one), 0)
		}
	}
	for _, space := range []string{nodeSpace, slotSpace, logSpace, recordSpace} {
		if bytes.HasPrefix(key, []byte(space)) {
			end := []byte(space)
			end[len(end)-1]++
			return end
		}
	}
	return nil
}
