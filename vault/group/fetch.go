package group

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/tacit-vault/tacit/crypto"
	"github.com/tacit-vault/tacit/crypto/bundle"
	"github.com/tacit-vault/tacit/vault"
	"github.com/tacit-vault/tacit/vault/group/heads"
	"github.com/tacit-vault/tacit/vault/group/transport"
)

// mostAtOnce is how many bytes of bundles are held before they are applied.
const mostAtOnce = 8 << 20

// A fetcher takes from a place what this vault lacks. Nothing that it gets is believed
// before its signature has been checked.
type fetcher struct {
	ctx     context.Context
	place   Place
	st      *state
	charter *bundle.Charter
	report  *PlaceReport

	hints   map[bundle.MemberID]hint
	openers map[uint64]*crypto.Opener
	news    news
	bytes   int
	more    bool // there is more than is held
	gap     bool // a feed has a hole: a checkpoint has to bridge it
	whole   bool // a feed is forked: the owner's checkpoint says how it goes on
	newer   bool // something needs a key that a later welcome brings
}

// get is Get, where an absent key is nil.
func (f *fetcher) get(key string) ([]byte, error) {
	data, err := f.place.Transport.Get(f.ctx, key)
	switch {
	case errors.Is(err, transport.ErrNone):
		return nil, nil
	case errors.Is(err, transport.ErrSize):
		f.damaged(key)
		return nil, nil
	}
	return data, err
}

func (f *fetcher) damaged(key string) {
	if !slices.Contains(f.report.Damaged, key) {
		f.report.Damaged = append(f.report.Damaged, key)
	}
}

// welcome gets this member's newest welcomes, from whoever claims to be an owner.
func (f *fetcher) welcome() error {
	keys, err := f.place.Transport.List(f.ctx, transport.WelcomePrefix(f.st.Group, f.st.Self), "")
	if err != nil {
		return err
	}
	for _, key := range keys[:min(len(keys), mostOwners)] {
		data, err := f.get(key)
		if err != nil {
			return err
		}
		if data != nil {
			f.news.welcomes = append(f.news.welcomes, data)
		}
	}
	return nil
}

// all gets everything else.
func (f *fetcher) all() error {
	if err := f.readHints(); err != nil {
		return err
	}
	if err := f.beat(); err != nil {
		return err
	}
	seen := fromDots(f.st.Seen)
	if err := f.feeds(seen); err != nil {
		return err
	}
	f.gap = f.gap || !f.more && f.isBehind(seen)
	f.whole = f.whole || heads.Former(f.charter.Former).Exceeded(seen)
	if !f.gap && !f.whole && len(seen) > 0 {
		return f.glance()
	}
	if err := f.checkpoint(); err != nil || f.news.checkpoint == nil {
		return err
	}
	f.news.changes, f.bytes, f.more = nil, 0, false
	from := f.news.checkpoint.Seen
	f.news.checkpoint.Whole = f.whole
	if !f.whole {
		for _, d := range seen {
			if !from.Covers(d.Member, d.Seq) {
				from = heads.With(from, d)
			}
		}
	}
	return f.feeds(from)
}

// isBehind tells whether the owner's beat has a change that is neither applied nor in
// the feed. A checkpoint may have it: one can cover a change before its writer puts it,
// and takes the place of a feed where it is brought from somewhere else.
func (f *fetcher) isBehind(seen bundle.Seen) bool {
	told := fromDots(f.st.Beaten)
	if f.news.beat != nil && f.news.beat.number > f.st.Beat {
		told = f.news.beat.seen
	}
	here := seen
	for _, c := range f.news.changes {
		here = heads.With(here, c.Dot)
	}
	return slices.ContainsFunc(heads.Former(f.charter.Former).Cap(told), func(d bundle.Dot) bool {
		return !here.Covers(d.Member, d.Seq)
	})
}

// glance looks at what a checkpoint covers that this vault has no need of: what it has
// written itself of that can go.
func (f *fetcher) glance() error {
	owner := f.charter.Owner.ID
	n := f.hints[owner].checkpoint
	if n <= f.st.Checkpoint || owner == f.st.Self || !f.st.Role.Writes() {
		return nil
	}
	part, _, err := f.part(owner, n, 1)
	if err != nil || part == nil {
		return err
	}
	defer part.Wipe()
	f.news.covered = &covered{number: n}
	if own, ok := part.Seen.Of(f.st.Self); ok {
		f.news.covered.own = own
	}
	return nil
}

func (f *fetcher) readHints() error {
	f.hints = map[bundle.MemberID]hint{}
	for _, id := range f.authors() {
		data, err := f.get(transport.HintKey(f.st.Group, id))
		if err != nil {
			return err
		}
		if h, err := parseHint(data); err == nil {
			f.hints[id] = h
		}
	}
	return nil
}

// authors are those whose changes count, this member too where it writes or wrote.
func (f *fetcher) authors() (ids []bundle.MemberID) {
	ids = append(ids, f.charter.Owner.ID)
	for _, m := range f.charter.Writers {
		ids = append(ids, m.ID)
	}
	for _, d := range f.charter.Former {
		if d.Seq > 0 {
			ids = append(ids, d.Member)
		}
	}
	return ids
}

// feeds gets the changes of each feed that come after seen.
func (f *fetcher) feeds(seen bundle.Seen) error {
	for _, id := range f.authors() {
		last, _ := seen.Of(id)
		last.Member = id
		if err := f.feed(last); err != nil {
			return err
		}
	}
	return nil
}

func (f *fetcher) feed(last bundle.Dot) error {
	end, gone := bundle.Seen(f.charter.Former).Of(last.Member)
	for seq := last.Seq + 1; seq <= crypto.MaxCount && (!gone || seq <= end.Seq); seq++ {
		if f.bytes > mostAtOnce {
			f.more = true
			return nil
		}
		key := transport.ChangesKey(f.st.Group, last.Member, seq)
		data, err := f.get(key)
		if err != nil {
			return err
		}
		if data == nil {
			f.gap = f.gap || f.hints[last.Member].seq >= seq || gone && seq <= end.Seq
			return nil
		}
		c, err := f.change(last.Member, seq, data)
		if err != nil {
			return f.pass(key, err)
		}
		f.news.changes, f.bytes = append(f.news.changes, c), f.bytes+len(data)
	}
	return nil
}

// errNoKey: the body is sealed to an epoch of which this member has no key.
var errNoKey = errors.New("sealed to another epoch")

// pass notes why what lies under a key does not count.
func (f *fetcher) pass(key string, err error) error {
	switch {
	case errors.Is(err, errNoKey):
		f.gap = true
	case errors.Is(err, crypto.ErrNewer):
		return &vault.SecretError{Code: vault.Newer, Message: "a bundle of the group was made by a newer version of tacit", Err: err}
	default:
		f.damaged(key)
		f.gap = true // a checkpoint may bridge it
	}
	return nil
}

// verified parses a bundle and asks that it is what the key says, signed by its author.
func (f *fetcher) verified(data []byte, kind bundle.Kind, author bundle.MemberID, seq uint64) (*bundle.Bundle, error) {
	b, err := bundle.Parse(data)
	if err != nil {
		return nil, err
	}
	if b.Group != f.st.Group || b.Head.Kind != kind || b.Member != author || seq != 0 && b.Seq != seq {
		return nil, fmt.Errorf("%w: another bundle lies there", crypto.ErrForged)
	}
	key, ok := f.st.keyOf(author)
	if !ok {
		return nil, errNoKey
	}
	return b, b.Verify(key)
}

// open opens the body of a bundle that was verified.
func (f *fetcher) open(b *bundle.Bundle) (bundle.Content, error) {
	o := f.openers[b.Epoch]
	if o == nil {
		var err error
		if o, err = f.st.opener(b.Epoch); err != nil {
			return nil, err
		}
		if o == nil {
			f.newer = f.newer || b.Epoch > f.charter.Epoch
			return nil, errNoKey
		}
		f.openers[b.Epoch] = o
	}
	return b.Open(o)
}

func (f *fetcher) change(author bundle.MemberID, seq uint64, data []byte) (*change, error) {
	b, err := f.verified(data, bundle.KindChanges, author, seq)
	if err != nil {
		return nil, err
	}
	content, err := f.open(b)
	if err != nil {
		return nil, err
	}
	return newChange(b, content.(*bundle.Changes), data), nil
}

func newChange(b *bundle.Bundle, content *bundle.Changes, data []byte) *change {
	c := &change{items: map[string]*bundle.Item{}, data: data, Change: heads.Change{
		Dot: b.Dot(), Prev: b.Prev, Epoch: b.Epoch, Seen: content.Seen,
	}}
	for i := range content.Items {
		item := &content.Items[i]
		c.items[item.Name] = item
		c.Items = append(c.Items, heads.Item{
			Name: item.Name, Version: item.Version, Gone: item.Kind == crypto.Gone, Resolved: item.Resolved || item.Purge, Sum: sumOf(item),
		})
	}
	return c
}

// beat gets the owner's newest beat.
func (f *fetcher) beat() error {
	owner := f.charter.Owner.ID
	key := transport.BeatKey(f.st.Group, owner)
	data, err := f.get(key)
	if err != nil || data == nil {
		return err
	}
	b, err := f.verified(data, bundle.KindBeat, owner, 0)
	if err != nil {
		f.damaged(key)
		return nil
	}
	content, err := f.open(b)
	if err != nil {
		return f.pass(key, err)
	}
	c := content.(*bundle.Beat)
	f.news.beat = &beat{b.Seq, c.Time, c.Seen}
	return nil
}

// part gets a part of a checkpoint, and how many bytes that takes; nil where it is not
// there, or does not count.
func (f *fetcher) part(owner bundle.MemberID, n, part uint64) (*bundle.CheckpointPart, int, error) {
	key := transport.PartKey(f.st.Group, owner, n, part)
	data, err := f.get(key)
	if err != nil || data == nil {
		return nil, 0, err
	}
	b, err := f.verified(data, bundle.KindCheckpoint, owner, n)
	var content bundle.Content
	if err == nil {
		content, err = f.open(b)
	}
	if err != nil {
		return nil, 0, f.pass(key, err)
	}
	c := content.(*bundle.CheckpointPart)
	if c.Part != part {
		f.damaged(key)
		return nil, 0, nil
	}
	return c, len(data), nil
}

// checkpoint gets the owner's newest checkpoint, if all of it is there.
func (f *fetcher) checkpoint() error {
	owner := f.charter.Owner.ID
	n := f.hints[owner].checkpoint
	if n == 0 {
		return nil
	}
	parts := map[uint64]*bundle.CheckpointPart{}
	weight := 0
	for part := uint64(1); part == 1 || part <= parts[1].Parts; part++ {
		c, size, err := f.part(owner, n, part)
		if err != nil || c == nil {
			return err
		}
		parts[part] = c
		weight += size
	}
	c, whole := heads.Assemble(parts, headOf)
	if !whole || heads.Former(f.charter.Former).Exceeded(c.Seen) {
		return nil
	}
	f.news.checkpoint = &checkpoint{Checkpoint: c, number: n, weight: weight, items: map[key]*bundle.HeadItem{}}
	for _, p := range parts {
		for i := range p.Items {
			h := &p.Items[i]
			f.news.checkpoint.items[key{h.Name, h.Member, h.Seq}] = h
		}
	}
	return nil
}
