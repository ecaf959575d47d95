package group

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"maps"
	"slices"
	"time"

	"github.com/tacit-vault/tacit/crypto/bundle"
	"github.com/tacit-vault/tacit/vault"
	"github.com/tacit-vault/tacit/vault/group/transport"
)

// refresh is how old the time of the last sync may get in the vault, before a sync that
// has nothing else to write writes it.
const refresh = time.Hour

// checkpoint makes a checkpoint and puts it at the place, where the owner owes one.
func (p *pusher) checkpoint() error {
	if p.charter.Owner.ID != p.st.Self || p.st.Careful {
		return nil
	}
	made, err := p.s.checkpoint(p)
	if err != nil || made == nil || p.done.Checkpoint >= made.number {
		return err
	}
	for i, part := range made.parts {
		if err := p.put(transport.PartKey(p.st.Group, p.st.Self, made.number, uint64(i+1)), part); err != nil {
			if errors.Is(err, errNumberTaken) {
				return nil // the next sync takes a higher number
			}
			return err
		}
	}
	p.done.Checkpoint = made.number
	// Another sync may have cut a change after this one put its own. The place has it now,
	// and the hint has to say so: nobody puts it by itself any more.
	p.done.Seq = max(p.done.Seq, made.own)
	p.deleteOld(made.number)
	if p.place.Address == nowhere {
		return nil
	}
	return p.s.g.keepCheckpoint(p.ctx, made)
}

// checkpoint is that of this sync, which each place gets that lacks one; nil where none
// is due.
func (s *syncer) checkpoint(p *pusher) (*made, error) {
	if s.made != nil {
		return s.made, nil
	}
	if !p.anew && !p.st.Due && p.st.Since <= p.st.Weight && p.done.Checkpoint >= p.st.Base {
		return nil, nil
	}
	above, err := p.highest()
	if err != nil {
		return nil, err
	}
	s.made, err = s.g.makeCheckpoint(p.ctx, above)
	return s.made, err
}

// highest is the number of the newest checkpoint that this member has put at the place,
// which a vault that was put back to an older state does not know.
func (p *pusher) highest() (uint64, error) {
	f := p.s.fetcherAt(p.ctx, p.place, p.st, p.charter)
	data, err := f.get(transport.HintKey(p.st.Group, p.st.Self))
	if err != nil {
		return 0, err
	}
	h, err := parseHint(data)
	if err != nil || h.checkpoint <= p.st.Checkpoint {
		return 0, nil
	}
	part, err := f.get(transport.PartKey(p.st.Group, p.st.Self, h.checkpoint, 1))
	if err != nil {
		return 0, err
	}
	if _, err := f.verified(part, bundle.KindCheckpoint, p.st.Self, h.checkpoint); err != nil {
		return 0, nil // a hint proves nothing
	}
	return h.checkpoint, nil
}

// deleteOld deletes the checkpoints before one. What stays does no harm.
func (p *pusher) deleteOld(n uint64) {
	keys, err := p.place.Transport.List(p.ctx, transport.Prefix(transport.Checkpoint, p.st.Group), "")
	if err != nil {
		return
	}
	for _, key := range keys {
		if k, err := transport.Parse(key); err == nil && k.Member == p.st.Self && k.Number < n {
			if transport.Delete(p.ctx, p.place.Transport, key) != nil {
				return
			}
		}
	}
}

// made is a checkpoint that was made.
type made struct {
	number uint64
	parts  [][]byte
	weight int
	own    uint64 // up to which it covers this member's changes
}

// makeCheckpoint makes one of what is applied now, under a number of its own: one that
// was put only in part is never gone on with.
func (g *Group) makeCheckpoint(ctx context.Context, above uint64) (out *made, err error) {
	err = g.vault.Merge(ctx, "sync", func(w *vault.MergeView) (vault.Merge, error) {
		st, err := loadState(w, g.id)
		if err != nil {
			return vault.Merge{}, err
		}
		charter, err := st.newest()
		if err != nil {
			return vault.Merge{}, err
		}
		st.Checkpoint = max(st.Checkpoint, above) + 1
		c := &checkpointMaker{st: st, charter: charter, book: &book{view: w, id: g.id}, now: w.Now().Unix()}
		defer c.book.wipe()
		out, err = c.make()
		if err != nil {
			return vault.Merge{}, err
		}
		if st.Commit+1 == w.Seq() {
			st.Commit = w.Seq()
		}
		value, err := st.encode()
		return vault.Merge{Own: map[string]vault.Value{stateName(st.Group): value}}, err
	})
	return out, err
}

// keepCheckpoint notes that a checkpoint was put.
func (g *Group) keepCheckpoint(ctx context.Context, c *made) error {
	return g.vault.Merge(ctx, "sync", func(w *vault.MergeView) (vault.Merge, error) {
		st, err := loadState(w, g.id)
		if err != nil {
			return vault.Merge{}, err
		}
		own := map[string]vault.Value{}
		st.Due, st.Weight, st.Since = false, c.weight, 0
		st.Base = max(st.Base, c.number)
		st.cover(c.own, own)
		if st.Commit+1 == w.Seq() {
			st.Commit = w.Seq()
		}
		own[stateName(st.Group)], err = st.encode()
		return vault.Merge{Own: own}, err
	})
}

// A checkpointMaker makes the parts of a checkpoint.
type checkpointMaker struct {
	st      *state
	charter *bundle.Charter
	book    *book
	now     int64
}

func (c *checkpointMaker) make() (*made, error) {
	items, err := c.items()
	if err != nil {
		return nil, err
	}
	lists := split(items)
	seen := fromDots(c.st.Seen)
	out := &made{number: c.st.Checkpoint}
	if own, ok := seen.Of(c.st.Self); ok {
		out.own = own.Seq
	}
	key, err := c.st.signingKey()
	if err != nil {
		return nil, err
	}
	defer key.Wipe()
	recipient, err := c.st.recipient(c.charter.Epoch)
	if err != nil {
		return nil, err
	}
	set := bundle.NewSetID()
	for i, list := range lists {
		part := &bundle.CheckpointPart{Set: set, Part: uint64(i + 1), Parts: uint64(len(lists)), Time: c.now, Seen: seen, Items: list}
		data, _, err := bundle.Seal(bundle.Head{
			Group: c.st.Group, Member: c.st.Self, Seq: out.number, Charter: c.charter.Digest(), Epoch: c.charter.Epoch,
		}, part, recipient, key)
		part.Wipe()
		if err != nil {
			return nil, err
		}
		out.parts, out.weight = append(out.parts, data), out.weight+len(data)
	}
	return out, nil
}

// items are all heads with their values, in the order of a checkpoint.
func (c *checkpointMaker) items() (items []bundle.HeadItem, err error) {
	rows := map[string]row{}
	if err := c.book.all(func(name string, r row) error { rows[name] = r; return nil }); err != nil {
		return nil, err
	}
	for _, name := range slices.Sorted(maps.Keys(rows)) {
		s := settling{m: &merger{view: c.book.view, st: c.st, book: c.book}, name: name, before: rows[name]}
		var of []bundle.HeadItem
		for _, h := range rows[name].heads {
			item, err := s.value(h)
			if err != nil {
				return nil, err
			}
			one := *item
			one.Version, one.Attrs = h.Version, item.Attrs
			of = append(of, bundle.HeadItem{Member: h.Member, Seq: h.Seq, Epoch: h.Epoch, Item: one})
		}
		slices.SortFunc(of, func(a, b bundle.HeadItem) int {
			return cmp.Or(bytes.Compare(a.Member[:], b.Member[:]), cmp.Compare(a.Seq, b.Seq))
		})
		items = append(items, of...)
	}
	return items, nil
}

// split cuts items into parts; a name's heads stay in one.
func split(items []bundle.HeadItem) (parts [][]bundle.HeadItem) {
	var part []bundle.HeadItem
	size := 0
	for len(items) > 0 {
		n, more := 1, items[0].Size()
		for n < len(items) && items[n].Name == items[0].Name {
			more += items[n].Size()
			n++
		}
		if len(part) > 0 && (size+more > bundle.Target-bundle.MaxHead || len(part)+n > bundle.MaxItems) {
			parts, part, size = append(parts, part), nil, 0
		}
		part, size, items = append(part, items[:n]...), size+more, items[n:]
	}
	return append(parts, part)
}

// beat says, as the owner, how far all feeds are, where that is news or the time has
// come.
func (p *pusher) beat() error {
	if p.charter.Owner.ID != p.st.Self || p.st.Careful {
		return nil
	}
	data, err := p.s.beat(p)
	if err != nil || data == nil {
		return err
	}
	p.done.Beat = p.s.beaten.number
	_, err = replace(p.ctx, p.place.Transport, transport.BeatKey(p.st.Group, p.st.Self), data)
	return err
}

// A sealedBeat is the beat of one sync, which every place gets.
type sealedBeat struct {
	number uint64
	data   []byte
}

// beat is the beat of this sync, nil where none is due.
func (s *syncer) beat(p *pusher) ([]byte, error) {
	if s.beaten != nil {
		return s.beaten.data, nil
	}
	now, seen := s.g.vault.Now().Unix(), fromDots(p.st.Seen)
	late := now-p.st.AsOf >= int64(p.charter.Beat)/2
	if !late && slices.Equal(seen, fromDots(p.st.Beaten)) && p.done.Beat >= p.st.Beat {
		return nil, nil
	}
	key, err := p.st.signingKey()
	if err != nil {
		return nil, err
	}
	defer key.Wipe()
	recipient, err := p.st.recipient(p.charter.Epoch)
	if err != nil {
		return nil, err
	}
	n := p.st.Beat + 1
	data, _, err := bundle.Seal(bundle.Head{
		Group: p.st.Group, Member: p.st.Self, Seq: n, Charter: p.charter.Digest(), Epoch: p.charter.Epoch,
	}, &bundle.Beat{Time: now, Seen: seen}, recipient, key)
	if err == nil {
		err = s.g.keepBeat(p.ctx, &beat{n, now, seen})
	}
	s.beaten = &sealedBeat{n, data}
	return data, err
}

// keepBeat notes a beat before it is put: its number is never used again.
func (g *Group) keepBeat(ctx context.Context, b *beat) error {
	return g.vault.Merge(ctx, "sync", func(w *vault.MergeView) (vault.Merge, error) {
		st, err := loadState(w, g.id)
		if err != nil || st.Beat >= b.number {
			return vault.Merge{}, err
		}
		st.Beat, st.AsOf, st.Beaten = b.number, b.time, toDots(b.seen)
		if st.Commit+1 == w.Seq() {
			st.Commit = w.Seq()
		}
		value, err := st.encode()
		return vault.Merge{Own: map[string]vault.Value{stateName(st.Group): value}}, err
	})
}
