package group

import (
	"errors"

	"github.com/tacit-vault/tacit/crypto/bundle"
	"github.com/tacit-vault/tacit/vault/group/transport"
)

// mostKept is how many of its newest bundles a member keeps that every place has got,
// and no checkpoint covers; keptBytes is how much they may take. A place can lose them:
// a folder is emptied, or put back to what it was, as git switch and git stash do.
const (
	mostKept  = 32
	keptBytes = 4 << 20
)

// spare is up to which bundles the ring needs none: every place has them, and enough
// newer ones are kept. The owner keeps none, since a checkpoint brings back everything.
func (st *state) spare() uint64 {
	spare, kept, size := st.everywhere(), 0, 0
	if st.Role == bundle.Owner {
		return spare
	}
	for i := len(st.Queue) - 1; i >= 0; i-- {
		q := st.Queue[i]
		if q.Seq > spare {
			continue
		}
		if kept, size = kept+1, size+q.Size; kept > mostKept || size > keptBytes {
			return q.Seq
		}
	}
	return 0
}

// queued is how many bundles some place lacks.
func (st *state) queued() (n int) {
	everywhere := st.everywhere()
	for _, q := range st.Queue {
		if q.Seq > everywhere {
			n++
		}
	}
	return n
}

// regain notices that the place has lost what this member had put there, and has it put
// there again: by the owner as a checkpoint, by others as the bundles that they keep.
func (p *pusher) regain() error {
	if p.place.Address == nowhere || p.st.Careful || p.st.Next != nil || p.done == (pushed{}) {
		return nil
	}
	lost, err := p.lost()
	if err != nil || lost == 0 {
		return err
	}
	// Another sync of this vault may have deleted them: a checkpoint covers them now.
	now, _, err := p.s.g.load(p.ctx)
	if err != nil || now.Self != p.st.Self || now.Covered >= p.done.Seq && now.Covered > p.st.Covered {
		return err
	}
	if p.charter.Owner.ID == p.st.Self {
		p.anew, p.done.Beat = true, 0
		return nil
	}
	for _, q := range p.st.Queue {
		if q.Seq == lost {
			p.done.Seq = lost - 1
			return nil
		}
	}
	p.s.report.Places[p.place.report].Lost = lost
	return nil
}

// lost is the number of the first change that is gone at the place, of those that are to
// be there; 0: none. For the owner, a checkpoint that is gone counts as one.
func (p *pusher) lost() (first uint64, err error) {
	gone := func(key string) (bool, error) {
		_, err := p.place.Transport.Get(p.ctx, key)
		if errors.Is(err, transport.ErrNone) {
			return true, nil
		}
		if errors.Is(err, transport.ErrSize) {
			err = nil
		}
		return false, err
	}
	taken, _ := fromDots(p.st.Beaten).Of(p.st.Self)
	for seq := p.done.Seq; seq > p.st.Covered; seq-- {
		is, err := gone(transport.ChangesKey(p.st.Group, p.st.Self, seq))
		if err != nil {
			return 0, err
		}
		if is {
			first = seq
		} else if seq <= taken.Seq {
			break // what came before was there as well, when the owner took it
		}
	}
	if first > 0 || p.charter.Owner.ID != p.st.Self || p.done.Checkpoint == 0 {
		return first, nil
	}
	data, err := p.place.Transport.Get(p.ctx, transport.HintKey(p.st.Group, p.st.Self))
	if err != nil && !errors.Is(err, transport.ErrNone) {
		return 0, err
	}
	if h, err := parseHint(data); err == nil && h.checkpoint > p.done.Checkpoint {
		return 0, nil // a newer one is there
	}
	if there, err := p.checkpointThere(p.done.Checkpoint); there || err != nil {
		return 0, err
	}
	return max(1, p.done.Seq), nil
}

// checkpointThere tells whether the place has the owner's checkpoint n. It goes by the
// names of the parts: none is missing before the last one that is there.
func (p *pusher) checkpointThere(n uint64) (bool, error) {
	keys, err := p.place.Transport.List(p.ctx, transport.CheckpointPrefix(p.st.Group, p.st.Self, n), "")
	parts := uint64(0)
	for _, key := range keys {
		if k, err := transport.Parse(key); err != nil || k.Members {
			continue
		}
		if parts++; key != transport.PartKey(p.st.Group, p.st.Self, n, parts) {
			return false, nil
		}
	}
	return parts > 0, err
}
