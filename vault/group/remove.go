package group

import (
	"context"

	"github.com/tacit-vault/tacit/crypto/bundle"
	"github.com/tacit-vault/tacit/vault"
)

// Remove removes members, in one commit: the group gets a new epoch, so a key that
// they do not have. The next sync gives it to all others, seals all values again under
// it, and tells the removed. Their ids, their keys and the invites that they came by
// are never taken again.
//
// What a removed member could read stays known to it. What a writer wrote counts as far
// as it is applied here.
//
// Codes: Denied for who is not the owner; NotFound for a label that no member has.
func (g *Group) Remove(ctx context.Context, labels ...string) error {
	return g.change(ctx, "group remove", func(s *standing) error {
		if err := s.owner(); err != nil {
			return err
		}
		for _, label := range labels {
			e := s.ro.labelled(label)
			switch {
			case e == nil:
				return s.refuse(vault.NotFound, "no member of the group is called "+printableLabel(label))
			case e.Role == bundle.Owner:
				return s.refuse(vault.Denied, "the owner cannot be removed: another member takes over first")
			}
			s.expel(e)
		}
		s.unchanged = len(labels) == 0
		return nil
	})
}
