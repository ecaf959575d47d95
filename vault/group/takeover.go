package group

import (
	"context"
	"slices"

	"github.com/tacit-vault/tacit/crypto"
	"github.com/tacit-vault/tacit/crypto/bundle"
	"github.com/tacit-vault/tacit/vault"
)

// Takeover makes this vault the owner, in one commit: as an heir, or by the recovery
// phrase. The owner before is removed, and the group gets a new epoch. The next sync
// reads the list of members that the owner before left, and gives each the new key.
//
// The phrase stays the caller's to wipe; nil for an heir. Codes: Denied for a member
// that is no heir, and for the owner; WrongKey for another phrase; NotFound where the
// group has none.
func (g *Group) Takeover(ctx context.Context, phrase []byte) error {
	return g.change(ctx, "group takeover", func(s *standing) error {
		if err := s.member(); err != nil {
			return err
		}
		if s.st.Role == bundle.Owner {
			return s.refuse(vault.Denied, "this vault is the group’s owner already")
		}
		if phrase == nil {
			if s.st.Role != bundle.Heir {
				return s.refuse(vault.Denied, "only an heir can take the group over, or the recovery phrase")
			}
			return s.takeOver(&predecessor{Inbox: s.st.Inbox})
		}
		keys, err := s.recover(phrase)
		if err != nil {
			return err
		}
		s.signer, s.key = bundle.Recovery, keys.Sign
		return s.takeOver(&predecessor{Inbox: s.st.Inbox, Recovery: keys.Identity.Reveal()})
	})
}

// recover derives the keys of a phrase, which has to be the group's.
func (s *standing) recover(phrase []byte) (*bundle.RecoveryKeys, error) {
	held := s.newest()
	if held.Recovery == nil {
		return nil, s.refuse(vault.NotFound, "the group has no recovery phrase")
	}
	keys, err := bundle.DeriveRecovery(phrase, held.Suite)
	if err != nil {
		return nil, s.refuse(vault.WrongKey, "a recovery phrase has ten words")
	}
	public, err := keys.Public()
	if err != nil {
		return nil, err
	}
	if *public != *held.Recovery {
		keys.Wipe()
		return nil, s.refuse(vault.WrongKey, "not the group’s recovery phrase")
	}
	return keys, nil
}

// takeOver drafts the charter that names this member the owner, and begins its list.
func (s *standing) takeOver(before *predecessor) error {
	self, err := s.st.member()
	if err != nil {
		return err
	}
	d, held := s.amend(), s.newest()
	if _, left := held.Left(self.ID); left {
		return s.refuse(vault.NotMember, "this vault was removed from the group")
	}
	is := func(m bundle.Member) bool { return m.ID == self.ID }
	if m, _, ok := held.Find(self.ID); ok {
		self = m
	}
	d.Heirs, d.Writers = slices.DeleteFunc(d.Heirs, is), slices.DeleteFunc(d.Writers, is)
	d.Owner = self
	d.Former = bundle.WithDot(d.Former, s.applied(held.Owner.ID))
	s.newEpoch, s.newInbox = true, true
	s.st.Role, s.st.Label = bundle.Owner, self.Label

	before.Owner, before.Key, before.Checkpoint = held.Owner.ID, slices.Clone(held.Owner.Key[:]), s.st.Checkpoint
	s.ro.Before = before
	s.begin(self, held)
	return nil
}

// begin puts on the list whom the charter names.
func (s *standing) begin(self bundle.Member, held *bundle.Charter) {
	add := func(m bundle.Member, role bundle.Role) {
		if e := s.ro.find(m.ID); e != nil {
			e.Role = role
			return
		}
		s.ro.add(enrolled{
			ID: m.ID, Label: m.Label, Key: slices.Clone(m.Key[:]), Recipient: m.Recipient, Role: role,
			Epochs: [2]uint64{1, held.Epoch},
		})
	}
	add(self, bundle.Owner)
	for _, m := range held.Heirs {
		if m.ID != self.ID {
			add(m, bundle.Heir)
		}
	}
	for _, m := range held.Writers {
		if m.ID != self.ID {
			add(m, bundle.Writer)
		}
	}
	add(held.Owner, bundle.Removed)
	e := s.ro.find(held.Owner.ID)
	e.Was, e.Left = bundle.Owner, s.now()
	s.enrolRecovery(held.Recovery)
}

// inheritedInbox opens the list of members of the owner before; nil where the welcome
// of the recovery phrase has to be read first.
func (p *predecessor) inheritedInbox() (*crypto.Opener, error) {
	if p.Inbox == "" {
		return nil, nil
	}
	return openerOf(p.Inbox)
}
