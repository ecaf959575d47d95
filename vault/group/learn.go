package group

import (
	"context"
	"errors"

	"github.com/tacit-vault/tacit/crypto"
	"github.com/tacit-vault/tacit/crypto/bundle"
	"github.com/tacit-vault/tacit/vault/group/transport"
)

// learn takes over what a list of members at a place has that this vault's has not:
// that of the owner before, after a takeover; this owner's own, after its vault was
// restored. Nobody who was removed is forgotten. It tells whether anything was new.
func (g *Group) learn(ctx context.Context, p Place, st *state, ro *roster) (any bool, err error) {
	if ro.Before != nil {
		if any, err = g.inherit(ctx, p, ro.Before); err != nil {
			return any, err
		}
	}
	if st.Checkpoint == 0 {
		return any, nil
	}
	self, err := st.member()
	if err != nil {
		return any, err
	}
	inbox, err := st.openInbox("sync")
	if err != nil {
		return any, err
	}
	defer inbox.Wipe()
	lists, err := g.readLists(ctx, p, self, st.Checkpoint, inbox)
	if err != nil || len(lists) == 0 {
		return any, err
	}
	more, err := g.takeLists(ctx, lists, false)
	return any || more, err
}

// readLists reads the parts of a list of members, as far as they are there.
func (g *Group) readLists(ctx context.Context, p Place, owner bundle.Member, n uint64, inbox *crypto.Opener) (lists []*bundle.MemberList, err error) {
	for part, parts := uint64(1), uint64(1); part <= parts; part++ {
		data, err := p.Transport.Get(ctx, transport.MembersKey(g.id, owner.ID, n, part))
		if errors.Is(err, transport.ErrUnreachable) {
			return nil, err
		}
		if l := openList(data, g.id, owner, inbox); err == nil && l != nil && l.Part == part {
			lists, parts = append(lists, l), l.Parts
		}
	}
	return lists, nil
}

// takeLists commits what lists have that is not known here. last tells that they are
// those that were looked for after a takeover. It tells whether it committed anything.
func (g *Group) takeLists(ctx context.Context, lists []*bundle.MemberList, last bool) (any bool, err error) {
	err = g.change(ctx, "sync", func(s *standing) error {
		changed := false
		for _, l := range lists {
			changed = s.ro.merge(l, s.newest().Epoch) || changed
		}
		if last {
			s.ro.Before = nil
		}
		any = changed || last
		s.unchanged = !any
		return nil
	})
	return any, err
}

// inherit looks for the list of the owner before. Until a place has it, the next one is
// asked.
func (g *Group) inherit(ctx context.Context, p Place, before *predecessor) (any bool, err error) {
	owner := bundle.Member{ID: before.Owner}
	copy(owner.Key[:], before.Key)
	inbox, err := before.inheritedInbox()
	if err == nil && inbox == nil {
		inbox, err = g.recoveredInbox(ctx, p, before, owner.Key)
	}
	if err != nil || inbox == nil {
		return false, err
	}
	defer inbox.Wipe()
	n, err := newestList(ctx, p, g.id, before.Owner)
	if err != nil || n == 0 {
		return false, err
	}
	lists, err := g.readLists(ctx, p, owner, n, inbox)
	if err != nil || len(lists) == 0 || uint64(len(lists)) != lists[0].Parts {
		return false, err
	}
	return g.takeLists(ctx, lists, true)
}

// recoveredInbox is the inbox out of the welcome that the owner before sealed to the
// recovery phrase; nil where the place has none.
func (g *Group) recoveredInbox(ctx context.Context, p Place, before *predecessor, key bundle.PublicKey) (*crypto.Opener, error) {
	if before.Recovery == "" {
		return nil, nil
	}
	data, err := p.Transport.Get(ctx, transport.WelcomeKey(g.id, bundle.Recovery, before.Owner))
	if errors.Is(err, transport.ErrUnreachable) {
		return nil, err
	}
	o, failed := openerOf(before.Recovery)
	if err != nil || failed != nil {
		return nil, failed
	}
	defer o.Wipe()
	b, err := bundle.Parse(data)
	if err != nil || b.Kind != bundle.KindWelcome || b.Group != g.id || b.Member != before.Owner || b.Verify(key) != nil {
		return nil, nil
	}
	c, err := b.Open(o)
	if err != nil {
		return nil, nil
	}
	w := c.(*bundle.Welcome)
	defer w.Wipe()
	if w.Inbox == nil {
		return nil, nil
	}
	return w.Inbox.Opener()
}

// newestList is the number of the newest checkpoint of an owner that has a list of
// members beside it, 0 where there is none.
func newestList(ctx context.Context, p Place, id bundle.GroupID, owner bundle.MemberID) (n uint64, err error) {
	prefix, after := transport.Prefix(transport.Checkpoint, id)+owner.String()+"/", ""
	for {
		keys, err := p.Transport.List(ctx, prefix, after)
		if err != nil || len(keys) == 0 {
			return n, err
		}
		for _, key := range keys {
			if k, err := transport.Parse(key); err == nil && k.Members {
				n = k.Number // in ascending order
			}
		}
		after = keys[len(keys)-1]
	}
}

// openList opens a list of members that the owner signed; nil where it is something
// else.
func openList(data []byte, group bundle.GroupID, owner bundle.Member, inbox *crypto.Opener) *bundle.MemberList {
	b, err := bundle.Parse(data)
	if err != nil || b.Kind != bundle.KindMembers || b.Group != group || b.Member != owner.ID || b.Verify(owner.Key) != nil {
		return nil
	}
	c, err := b.Open(inbox)
	if err != nil {
		return nil
	}
	return c.(*bundle.MemberList)
}
