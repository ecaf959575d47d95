package group

import (
	"errors"
	"slices"

	"github.com/tacit-vault/tacit/crypto"
	"github.com/tacit-vault/tacit/crypto/bundle"
	"github.com/tacit-vault/tacit/vault"
)

// takeWelcome takes over what a welcome of this member holds: the charters that prove
// the newest, the role and the keys. What is not for this member, not signed by the
// owner, or older than what is held changes nothing, and is no error: a place may hold
// anything. The error is Forked where one signer signed two charters of one number.
func (st *state) takeWelcome(data []byte) (changed bool, err error) {
	w, b := st.openWelcome(data, st.Identity)
	if w == nil && st.Next != nil {
		if w, b = st.openWelcome(data, st.Next.Identity); w != nil && !w.Farewell {
			defer w.Wipe()
			next := *st
			next.Self = st.Next.ID
			if changed, err = next.take(w, b); err != nil || !changed {
				return false, err
			}
			next.succeeded()
			*st = next
			return true, nil
		}
	}
	if w == nil {
		return false, nil
	}
	defer w.Wipe()
	if w.Farewell && st.Next != nil {
		if _, becomes := w.Newest().Role(st.Next.ID); becomes || st.Role == bundle.Reader || st.Role == bundle.Removed {
			return false, nil // it becomes another member; of a reader no charter says so: see serveNext
		}
	}
	return st.take(w, b)
}

// takeFarewell is takeWelcome of a reader that asked to become another member, once the
// place is known to have no welcome of that one. It still asks, in case there will be one.
func (st *state) takeFarewell(data []byte) (changed bool, err error) {
	w, b := st.openWelcome(data, st.Identity)
	if w == nil {
		return false, nil
	}
	defer w.Wipe()
	if !w.Farewell {
		return false, nil
	}
	return st.take(w, b)
}

// openWelcome opens a welcome that is sealed to an identity of this member; nil where
// it is something else.
func (st *state) openWelcome(data []byte, identity string) (*bundle.Welcome, *bundle.Bundle) {
	b, err := bundle.Parse(data)
	if err != nil || b.Kind != bundle.KindWelcome || b.Group != st.Group {
		return nil, nil
	}
	o, err := openerOf(identity)
	if err != nil {
		return nil, nil
	}
	defer o.Wipe()
	// Which key signed it stands in its charters: it has to be opened first.
	c, err := b.Open(o)
	if err != nil {
		return nil, nil
	}
	return c.(*bundle.Welcome), b
}

// take is takeWelcome of one that was opened.
func (st *state) take(w *bundle.Welcome, b *bundle.Bundle) (bool, error) {
	l, err := st.follows(w.Charters)
	if errors.Is(err, errForkedCharter) {
		return false, &vault.SecretError{Code: vault.Forked, Op: "sync", Message: "the group’s owner signed two different charters of one number", Err: err}
	}
	if err != nil {
		return false, nil
	}
	newest := l.newest()
	if w.Newest().Digest() != newest.Digest() || b.Charter != newest.Digest() || b.Seq != newest.Number ||
		b.Member != newest.Owner.ID || b.Verify(newest.Owner.Key) != nil {
		return false, nil
	}
	if !st.fits(w.Role, newest) {
		return false, nil
	}
	charters := l.marshal()
	if st.Role == w.Role && slices.EqualFunc(st.Charters, charters, slices.Equal) && st.holds(w) {
		return false, nil
	}
	st.Charters, st.Role, st.Request = charters, w.Role, nil
	if m, _, ok := newest.Find(st.Self); ok {
		st.Label = m.Label
	}
	if !w.Farewell {
		st.Epochs[newest.Epoch] = w.Epoch.Reveal()
	}
	if st.Inbox = ""; w.Inbox != nil {
		st.Inbox = w.Inbox.Reveal()
	}
	return true, nil
}

// follows is the lineage that this member holds with the charters of a welcome.
func (st *state) follows(list []*bundle.Charter) (lineage, error) {
	held, err := parseLineage(st.Charters)
	if err != nil {
		return nil, err
	}
	if len(held) > 0 {
		return held.acceptAll(list)
	}
	if len(st.Genesis) != len(crypto.Digest{}) {
		return nil, errNoSuccessor
	}
	l, err := begin(list[0], crypto.Digest(st.Genesis))
	if err == nil {
		l, err = l.acceptAll(list[1:])
	}
	if err == nil && !st.floored(l.newest()) {
		return nil, errNoSuccessor
	}
	return l, err
}

// fits tells whether a welcome can have the role: that of the charter, or a reader's for
// a member that does not stand there and never left.
func (st *state) fits(role bundle.Role, newest *bundle.Charter) bool {
	stands, ok := newest.Role(st.Self)
	_, left := newest.Left(st.Self)
	switch {
	case role == bundle.Removed:
		return !ok
	case ok:
		return role == stands
	}
	return role == bundle.Reader && !left
}

// holds tells whether the keys of a welcome are held already.
func (st *state) holds(w *bundle.Welcome) bool {
	if w.Farewell {
		return st.Inbox == ""
	}
	inbox := ""
	if w.Inbox != nil {
		inbox = w.Inbox.Reveal()
	}
	return st.Epochs[w.Newest().Epoch] == w.Epoch.Reveal() && st.Inbox == inbox
}

// welcome seals what a member on the list needs to go on, or its farewell.
func (st *state) welcome(e *enrolled, l lineage, key *bundle.SigningKey) ([]byte, error) {
	newest := l.newest()
	w := &bundle.Welcome{Role: e.Role, Farewell: !e.current(), Charters: l}
	defer w.Wipe()
	if !w.Farewell {
		var err error
		if w.Epoch, err = crypto.ParseIdentity(st.Epochs[newest.Epoch]); err != nil {
			return nil, err
		}
		if e.Role.HoldsInbox() {
			if w.Inbox, err = crypto.ParseIdentity(st.Inbox); err != nil {
				return nil, err
			}
		}
	}
	h := bundle.Head{Group: st.Group, Member: st.Self, Seq: newest.Number, Charter: newest.Digest()}
	data, _, err := bundle.Seal(h, w, e.Recipient, key)
	return data, err
}
