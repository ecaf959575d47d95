package group

import (
	"context"
	"errors"
	"slices"

	"github.com/tacit-vault/tacit/crypto/bundle"
	"github.com/tacit-vault/tacit/vault"
	"github.com/tacit-vault/tacit/vault/group/transport"
)

// push puts at a place what it lacks, and notes what it has then.
func (s *syncer) push(ctx context.Context, r reached) error {
	st, charter, err := s.g.load(ctx)
	if err != nil {
		return err
	}
	if charter == nil || st.Role == bundle.Removed {
		if err := s.g.serve(ctx, r.Place, &s.report); err != nil {
			return err
		}
		now, _, err := s.g.load(ctx)
		s.became = s.became || err == nil && now.Self != st.Self
		return err
	}
	p := &pusher{s: s, ctx: ctx, place: r, st: st, charter: charter, done: st.Pushed[r.Address]}
	if err := p.regain(); err != nil {
		return err
	}
	if err := p.own(); err != nil && (st.Next == nil || vault.CodeOf(err) != vault.Forked) {
		return err
	}
	if err := p.relay(); err != nil {
		return err
	}
	if err := s.g.serve(ctx, r.Place, &s.report); err != nil {
		return err
	}
	if p.st, p.charter, err = s.g.load(ctx); err != nil {
		return err
	}
	if s.became = s.became || p.st.Self != st.Self; s.became {
		return nil
	}
	if err := p.checkpoint(); err != nil {
		return err
	}
	if err := p.beat(); err != nil {
		return err
	}
	if err := p.hint(); err != nil {
		return err
	}
	p.deleteCovered()
	return p.note()
}

// A pusher puts at one place what it lacks.
type pusher struct {
	s       *syncer
	ctx     context.Context
	place   reached
	st      *state
	charter *bundle.Charter
	done    pushed
	anew    bool // the place has lost what this owner had put there
}

// own puts this member's bundles that the place has not got.
func (p *pusher) own() error {
	for _, q := range p.st.Queue {
		if q.Seq <= p.done.Seq {
			continue
		}
		data, err := p.s.g.ringBundle(p.ctx, p.st, q)
		if err != nil || data == nil {
			return err
		}
		if err := p.put(transport.ChangesKey(p.st.Group, p.st.Self, q.Seq), data); err != nil {
			return err
		}
		p.done.Seq = q.Seq
	}
	return nil
}

// ringBundle is a bundle of the ring; nil where another sync has taken it out.
func (g *Group) ringBundle(ctx context.Context, st *state, q queued) ([]byte, error) {
	v, ok, err := vault.GroupRecord(ctx, g.vault, ringRecord(st.Group, q))
	if err != nil || !ok {
		return nil, err
	}
	if h, err := bundle.ParseHead(v.Reveal()); err != nil || h.Seq != q.Seq || h.Member != st.Self {
		return nil, nil
	}
	return v.Reveal(), nil
}

// put puts a bundle under a key that is written once. Another bundle that its author
// has signed is a fork; anything else there is damage, and is replaced.
func (p *pusher) put(key string, data []byte) error {
	t := p.place.Transport
	err := t.Put(p.ctx, key, data, nil)
	if !errors.Is(err, transport.ErrTaken) {
		if err == nil {
			p.s.report.Pushed++
		}
		return err
	}
	there, err := t.Get(p.ctx, key)
	if err != nil {
		return err
	}
	if ours, err := bundle.Parse(data); err == nil && p.isSigned(ours, there) {
		switch {
		case ours.Head.Kind == bundle.KindCheckpoint:
			return errNumberTaken
		case ours.Member == p.st.Self:
			return forkOfUs()
		}
		return nil // whoever pulls it is told
	}
	damaged := &p.s.report.Places[p.place.report].Damaged
	if !slices.Contains(*damaged, key) {
		*damaged = append(*damaged, key)
	}
	if err := t.Put(p.ctx, key, data, there); err != nil {
		return err
	}
	p.s.report.Pushed++
	return nil
}

// errNumberTaken: the owner has put another checkpoint under the number.
var errNumberTaken = errors.New("there is another checkpoint under this number")

// isSigned tells whether data is a bundle of the same place as b, by the same author.
func (p *pusher) isSigned(b *bundle.Bundle, data []byte) bool {
	o, err := bundle.Parse(data)
	if err != nil || o.Group != b.Group || o.Head.Kind != b.Head.Kind || o.Member != b.Member || o.Seq != b.Seq {
		return false
	}
	key, ok := p.st.keyOf(b.Member)
	return ok && o.Verify(key) == nil
}

// hint says how far this member is. Another sync of this vault, which has put more, may
// have said so already: that stays, as far as this member can have put it.
func (p *pusher) hint() error {
	h := hint{seq: p.done.Seq, checkpoint: p.done.Checkpoint}
	if h == (hint{}) {
		return nil
	}
	key := transport.HintKey(p.st.Group, p.st.Self)
	for range mostHints {
		there, err := p.place.Transport.Get(p.ctx, key)
		switch {
		case errors.Is(err, transport.ErrNone):
			there = nil
		case err != nil:
			return err
		default:
			if h, err = p.furthest(h, there); err != nil {
				return err
			}
		}
		data := h.encode()
		if slices.Equal(there, data) {
			return nil
		}
		if err = p.place.Transport.Put(p.ctx, key, data, there); !errors.Is(err, transport.ErrTaken) {
			return err
		}
	}
	return nil // the next sync comes to it
}

// mostHints is how often a hint is tried that other syncs of this vault put too.
const mostHints = 8

// furthest is a hint, or the one that is there where that is further.
func (p *pusher) furthest(h hint, data []byte) (hint, error) {
	there, err := parseHint(data)
	if err != nil || there.seq <= h.seq && there.checkpoint <= h.checkpoint {
		return h, nil
	}
	st, _, err := p.s.g.load(p.ctx)
	if err != nil {
		return h, err
	}
	return hint{max(h.seq, min(there.seq, st.Last.Seq)), max(h.checkpoint, min(there.checkpoint, st.Checkpoint))}, nil
}

// deleteCovered deletes at the place what a checkpoint there covers, as far as this
// member has written it. What stays does no harm.
func (p *pusher) deleteCovered() {
	owner, err := p.place.Transport.Get(p.ctx, transport.HintKey(p.st.Group, p.charter.Owner.ID))
	if err != nil {
		return
	}
	if h, err := parseHint(owner); err != nil || h.checkpoint < p.st.Checkpoint {
		return
	}
	last := min(p.st.Covered, p.done.Seq)
	for seq := p.done.Deleted + 1; seq <= last; seq++ {
		if transport.Delete(p.ctx, p.place.Transport, transport.ChangesKey(p.st.Group, p.st.Self, seq)) != nil {
			return
		}
		p.done.Deleted = seq
	}
}

// note keeps what the place has now, and frees the ring of what every place has.
func (p *pusher) note() error {
	if p.place.Address == nowhere {
		return nil
	}
	before := p.st.Pushed[p.place.Address]
	if before == p.done && p.fresh() {
		return nil
	}
	return p.s.g.vault.Merge(p.ctx, "sync", func(w *vault.MergeView) (vault.Merge, error) {
		st, err := loadState(w, p.s.g.id)
		if err != nil {
			return vault.Merge{}, err
		}
		out := vault.Merge{Own: map[string]vault.Value{}}
		if st.Pushed == nil {
			st.Pushed = map[string]pushed{}
		}
		st.Pushed[p.place.Address] = st.Pushed[p.place.Address].max(p.done)
		st.Synced = w.Now().Unix()
		if st.Commit+1 == w.Seq() {
			st.Commit = w.Seq() // nothing was set meanwhile
		}
		if len(st.Places) > 0 {
			st.release(st.spare(), out.Own)
		}
		out.Own[stateName(st.Group)], err = st.encode()
		return out, err
	})
}

// fresh tells whether the time of the last sync is near enough to be left.
func (p *pusher) fresh() bool {
	return p.s.g.vault.Now().Unix()-p.st.Synced < int64(refresh.Seconds())
}

// max is the further of two, in each respect.
func (a pushed) max(b pushed) pushed {
	return pushed{max(a.Seq, b.Seq), max(a.Deleted, b.Deleted), max(a.Checkpoint, b.Checkpoint), max(a.Beat, b.Beat)}
}

// everywhere is up to which of this member's changes every place has them.
func (st *state) everywhere() uint64 {
	least := st.Last.Seq
	for _, address := range st.Places {
		least = min(least, st.Pushed[address].Seq)
	}
	return least
}
