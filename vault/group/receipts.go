package group

import (
	"bytes"
	"context"
	"errors"

	"github.com/tacit-vault/tacit/crypto"
	"github.com/tacit-vault/tacit/crypto/bundle"
	"github.com/tacit-vault/tacit/vault/group/transport"
)

// giveReceipt tells the owner how far this member is, where the group asks for it and
// the place has no receipt that says so.
func (g *Group) giveReceipt(ctx context.Context, p Place, st *state) error {
	newest, err := st.newest()
	if err != nil || newest == nil || !newest.Receipts {
		return err
	}
	r := &bundle.Receipt{Charter: newest.Number, Seen: fromDots(st.Seen)}
	tag := receiptTag(r)
	if st.Receipted[p.Address] == tag {
		return nil
	}
	if r.Replica, err = crypto.ParseReplica(st.Replica); err != nil {
		return nil // nothing was cut or applied yet
	}
	inbox, err := findInbox(ctx, "sync", g.id, newest.InboxRecipient, []Place{p})
	if err != nil {
		return nil // the owner's next sync puts it there
	}
	key, err := st.signingKey()
	if err != nil {
		return err
	}
	defer key.Wipe()
	r.Time = g.vault.Now().Unix()
	h := bundle.Head{Group: g.id, Member: st.Self, Seq: uint64(max(r.Time, 1)), Charter: newest.Digest()}
	data, _, err := bundle.Seal(h, r, inbox, key)
	if err != nil {
		return err
	}
	if done, err := replace(ctx, p.Transport, transport.ReceiptKey(g.id, st.Self), data); err != nil || !done {
		return err
	}
	return g.change(ctx, "sync", func(s *standing) error {
		if s.st.Receipted == nil {
			s.st.Receipted = map[string]string{}
		}
		s.st.Receipted[p.Address] = tag
		return nil
	})
}

// receiptTag says what a receipt says, but for its time.
func receiptTag(r *bundle.Receipt) string {
	fields := [][]byte{crypto.Number(r.Charter)}
	for _, d := range r.Seen {
		fields = append(fields, d.Member[:], crypto.Number(d.Seq))
	}
	return crypto.Hash("tacit/1/receipt-tag", fields...).String()[:16]
}

// readReceipts notes how far the members are, as the receipts at the place say.
func (g *Group) readReceipts(ctx context.Context, p Place, st *state, ro *roster) error {
	newest, err := st.newest()
	if err != nil || newest == nil || !newest.Receipts {
		return err
	}
	inbox, err := st.openInbox("sync")
	if err != nil {
		return err
	}
	defer inbox.Wipe()
	heard := map[bundle.MemberID]*bundle.Receipt{}
	for i := range ro.Members {
		e := &ro.Members[i]
		if !e.current() || e.Role == bundle.Owner || e.ID == bundle.Recovery {
			continue
		}
		data, err := p.Transport.Get(ctx, transport.ReceiptKey(g.id, e.ID))
		if errors.Is(err, transport.ErrUnreachable) {
			return err
		}
		if r := g.openReceipt(data, e, inbox); err == nil && r != nil {
			heard[e.ID] = r
		}
	}
	return g.change(ctx, "sync", func(s *standing) error {
		s.unchanged = true
		for id, r := range heard {
			if e := s.ro.find(id); e != nil && s.hear(e, r) {
				s.unchanged = false
			}
		}
		return nil
	})
}

// openReceipt opens a receipt that the member signed; nil where it is something else.
func (g *Group) openReceipt(data []byte, e *enrolled, inbox *crypto.Opener) *bundle.Receipt {
	b, err := bundle.Parse(data)
	if err != nil || b.Kind != bundle.KindReceipt || b.Group != g.id || b.Member != e.ID || b.Verify(e.member().Key) != nil {
		return nil
	}
	c, err := b.Open(inbox)
	if err != nil {
		return nil
	}
	return c.(*bundle.Receipt)
}

// hear notes a receipt, unless it is an older one. It tells whether anything is new.
func (s *standing) hear(e *enrolled, r *bundle.Receipt) bool {
	if r.Time < e.Seen {
		return false
	}
	behind := false
	for _, d := range fromDots(s.st.Seen) {
		if bytes.Equal(d.Member[:], e.ID[:]) {
			continue
		}
		behind = behind || !r.Seen.Covers(d.Member, d.Seq)
	}
	changed := e.Seen != r.Time || e.Behind != behind
	e.Seen, e.Behind = r.Time, behind
	return changed
}
