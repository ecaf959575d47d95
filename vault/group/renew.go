package group

import (
	"context"
	"slices"

	"github.com/tacit-vault/tacit/crypto/bundle"
	"github.com/tacit-vault/tacit/vault"
)

// Renew gives this member new keys and the group a new epoch: for a vault whose keys
// somebody else may have. The owner's is one commit. Another member's request goes out
// with its next sync, and it is the new member when the owner's sync has answered.
//
// Codes: NotMember; Conflict where this vault has bundles that no place has yet: it has
// to be synced first.
func (g *Group) Renew(ctx context.Context) error {
	return g.change(ctx, "group renew", func(s *standing) error {
		if err := s.member(); err != nil {
			return err
		}
		if s.st.queued() > 0 && s.st.Role != bundle.Owner {
			return s.refuse(vault.Conflict, "this vault has changes that no address has yet: the group has to be synced first")
		}
		return s.succeed()
	})
}

// Rejoin is Renew for a vault under whose keys another one writes: a copy, or one that
// was restored. Changes that were not synced go out under the new member. A sync comes
// first, also where it ends in Forked: it takes the newest charter.
func (g *Group) Rejoin(ctx context.Context) error {
	return g.change(ctx, "group rejoin", func(s *standing) error {
		if err := s.admitted(); err != nil {
			return err
		}
		if err := s.succeed(); err != nil {
			return err
		}
		if s.st.Role == bundle.Owner {
			s.st.Careful = false // the new member's feed is all here
		}
		return nil
	})
}

// succeed draws the keys of the member that takes the place of this one. The owner
// hands the group over to it; another asks for it.
func (s *standing) succeed() error {
	if s.st.Role != bundle.Owner {
		if s.st.Next != nil {
			s.unchanged = true
			return nil
		}
		next := &state{}
		if err := next.newKeys(s.newest().Suite); err != nil {
			return err
		}
		s.st.Next = &successor{ID: bundle.NewMemberID(), Seed: next.Seed, Identity: next.Identity}
		return nil
	}
	key, err := s.st.signingKey()
	if err != nil {
		return err
	}
	old := s.st.Self
	s.signer, s.key = old, key
	d := s.amend()
	d.Former = bundle.WithDot(d.Former, s.applied(old))
	s.newEpoch, s.newInbox = true, true
	if err := s.st.newKeys(d.Suite); err != nil {
		return err
	}
	s.st.becomes(bundle.NewMemberID())
	if d.Owner, err = s.st.member(); err != nil {
		return err
	}
	if e := s.ro.find(old); e != nil {
		e.Was, e.Role, e.Left = bundle.Owner, bundle.Removed, s.now()
		e.Epochs[1] = s.newest().Epoch
	}
	s.enrolSelf(d.Owner)
	return nil
}

// becomes makes this vault another member: its feed begins again.
func (st *state) becomes(id bundle.MemberID) {
	for _, q := range st.Queue {
		st.Freed = append(st.Freed, q.Slot)
	}
	st.Self, st.Last, st.Queue, st.Pushed, st.Covered, st.Next = id, dot{}, nil, nil, 0, nil
}

// ask makes the request of a member to become another one. The recipient is the
// inbox's.
func (st *state) ask(inbox string, newest *bundle.Charter) error {
	n := st.Next
	m, err := memberOf(n.ID, st.Label, n.Seed, n.Identity)
	if err != nil {
		return err
	}
	key, err := st.signingKey()
	if err != nil {
		return err
	}
	defer key.Wipe()
	h := bundle.Head{Group: st.Group, Member: st.Self, Seq: 1, Charter: newest.Digest()}
	n.Request, _, err = bundle.Seal(h, &bundle.Join{Member: m}, inbox, key)
	return err
}

// succeeded makes this vault the member that it asked to become, once that was
// welcomed.
func (st *state) succeeded() {
	n := st.Next
	st.Careful = false // the new member's feed is all here
	st.Seed, st.Identity = slices.Clone(n.Seed), n.Identity
	st.becomes(n.ID)
}
