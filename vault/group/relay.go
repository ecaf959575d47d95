package group

import (
	"context"
	"errors"

	"github.com/tacit-vault/tacit/crypto/bundle"
	"github.com/tacit-vault/tacit/vault/group/transport"
)

// relay puts at the place what other places of this sync have of others, unchanged: a
// stick takes a team's bundles to a site without a network. Each is verified first.
func (p *pusher) relay() error {
	for _, from := range p.s.reached {
		if from.Address == p.place.Address {
			continue
		}
		r := &relayer{p: p, from: from, f: p.s.fetcherAt(p.ctx, from, p.st, p.charter)}
		if err := r.run(); err != nil {
			return err
		}
	}
	return nil
}

// A relayer takes bundles of others from one place to another.
type relayer struct {
	p    *pusher
	from reached
	f    *fetcher // at from
}

func (r *relayer) run() error {
	if err := r.f.readHints(); err != nil {
		return nil // it was reached before: the other place is not to suffer
	}
	covered, err := r.checkpoint()
	if err != nil {
		return err
	}
	for _, id := range r.f.authors() {
		if err := r.feed(id, covered); err != nil {
			return err
		}
	}
	if err := r.newest(transport.BeatKey(r.p.st.Group, r.p.charter.Owner.ID), bundle.KindBeat, r.p.charter.Owner.ID); err != nil {
		return err
	}
	return r.welcomes()
}

// feed takes over what the place lacks of a feed, from the newest change back to one
// that it has, or that a checkpoint covers there.
func (r *relayer) feed(id bundle.MemberID, covered bundle.Seen) error {
	last, ok := fromDots(r.p.st.Seen).Of(id)
	if !ok {
		return nil
	}
	var keys []string
	bundles := map[string][]byte{}
	for seq := last.Seq; seq > 0 && !covered.Covers(id, seq) && len(keys) < mostRelayed; seq-- {
		key := transport.ChangesKey(r.p.st.Group, id, seq)
		if _, err := r.p.place.Transport.Get(r.p.ctx, key); !errors.Is(err, transport.ErrNone) {
			if err != nil {
				return err
			}
			break
		}
		data, err := r.f.get(key)
		if err != nil || data == nil {
			break // not there either
		}
		if _, err := r.f.verified(data, bundle.KindChanges, id, seq); err != nil {
			break
		}
		keys, bundles[key] = append(keys, key), data
	}
	for i := len(keys) - 1; i >= 0; i-- {
		if err := r.p.put(keys[i], bundles[keys[i]]); err != nil {
			return denied(err)
		}
	}
	if len(keys) > 0 || covered.Covers(id, last.Seq) {
		return r.hint(id)
	}
	return nil
}

// mostRelayed is how many bundles of a feed are taken over at a time.
const mostRelayed = 1024

// hint takes over a member's hint where that is further.
func (r *relayer) hint(id bundle.MemberID) error {
	key := transport.HintKey(r.p.st.Group, id)
	there, err := r.p.place.Transport.Get(r.p.ctx, key)
	if err != nil && !errors.Is(err, transport.ErrNone) {
		return err
	}
	here := r.f.hints[id]
	if h, err := parseHint(there); err == nil && h.seq >= here.seq && h.checkpoint >= here.checkpoint {
		return nil
	}
	_, err = replace(r.p.ctx, r.p.place.Transport, key, here.encode())
	return denied(err)
}

// checkpoint takes over the owner's newest checkpoint, and returns what the place's
// covers: nothing where it has none that this vault knows.
func (r *relayer) checkpoint() (bundle.Seen, error) {
	owner := r.p.charter.Owner.ID
	n := r.f.hints[owner].checkpoint
	there, err := r.p.place.Transport.Get(r.p.ctx, transport.HintKey(r.p.st.Group, owner))
	if err != nil && !errors.Is(err, transport.ErrNone) {
		return nil, err
	}
	h, err := parseHint(there)
	if n == 0 || err == nil && h.checkpoint > n {
		return nil, nil
	}
	var has map[string]bool // what the place has of it
	if err == nil && h.checkpoint == n {
		if has, err = keysUnder(r.p.ctx, r.p.place.Place, transport.CheckpointPrefix(r.p.st.Group, owner, n)); err != nil {
			return nil, err
		}
	}
	var covered bundle.Seen
	for part, parts := uint64(1), uint64(1); part <= parts; part++ {
		key := transport.PartKey(r.p.st.Group, owner, n, part)
		if part > 1 && has[key] {
			continue // the first says what they all cover
		}
		data, err := r.f.get(key)
		if err != nil || data == nil {
			return nil, nil
		}
		b, err := r.f.verified(data, bundle.KindCheckpoint, owner, n)
		if err != nil {
			return nil, nil
		}
		content, err := r.f.open(b)
		if err != nil {
			return nil, nil
		}
		c := content.(*bundle.CheckpointPart)
		parts, covered = c.Parts, c.Seen
		c.Wipe()
		if has[key] {
			continue
		}
		if err := r.p.put(key, data); err != nil {
			return nil, denied(err)
		}
	}
	if owner == r.p.st.Self {
		r.p.done.Checkpoint = max(r.p.done.Checkpoint, n)
	}
	return covered, r.hint(owner)
}

// keysUnder are the keys that a place has under a prefix.
func keysUnder(ctx context.Context, p Place, prefix string) (map[string]bool, error) {
	keys := map[string]bool{}
	for after := ""; ; {
		list, err := p.Transport.List(ctx, prefix, after)
		if err != nil || len(list) == 0 {
			return keys, err
		}
		for _, key := range list {
			keys[key] = true
		}
		after = list[len(list)-1]
	}
}

// newest takes over a bundle that is replaced, where it has the higher number.
func (r *relayer) newest(key string, kind bundle.Kind, author bundle.MemberID) error {
	data, err := r.f.get(key)
	if err != nil || data == nil {
		return nil
	}
	b, err := r.f.verified(data, kind, author, 0)
	if err != nil {
		return nil
	}
	there, err := r.p.place.Transport.Get(r.p.ctx, key)
	if err != nil && !errors.Is(err, transport.ErrNone) {
		return err
	}
	if o, err := r.f.verified(there, kind, author, 0); err == nil && o.Seq >= b.Seq {
		return nil
	}
	_, err = replace(r.p.ctx, r.p.place.Transport, key, data)
	return denied(err)
}

// welcomes takes over those of the owner.
func (r *relayer) welcomes() error {
	owner := r.p.charter.Owner.ID
	after := ""
	for {
		keys, err := r.from.Transport.List(r.p.ctx, transport.Prefix(transport.Welcome, r.p.st.Group), after)
		if err != nil || len(keys) == 0 {
			return nil
		}
		for _, key := range keys {
			if k, err := transport.Parse(key); err == nil && k.Owner == owner {
				if err := r.newest(key, bundle.KindWelcome, owner); err != nil {
					return err
				}
			}
		}
		after = keys[len(keys)-1]
	}
}

// denied is no error where a place lets only the author put a key.
func denied(err error) error {
	if errors.Is(err, transport.ErrDenied) || errors.Is(err, errNumberTaken) {
		return nil
	}
	return err
}
