package group

import (
	"context"
	"time"

	"github.com/tacit-vault/tacit/crypto/bundle"
	"github.com/tacit-vault/tacit/vault"
)

// Memberships is [Group.Show] of each group of the vault, as plain data, sorted by id.
// Without a key it has their ids alone.
func Memberships(ctx context.Context, v *vault.Vault) ([]vault.Membership, error) {
	groups, err := List(ctx, v)
	if err != nil || len(groups) == 0 {
		return nil, err
	}
	list := make([]vault.Membership, 0, len(groups))
	for _, g := range groups {
		if !v.Unlocked() {
			list = append(list, vault.Membership{ID: g.id.String(), Locked: true, Addresses: []string{}})
			continue
		}
		s, err := g.Show(ctx)
		if err != nil {
			return nil, err
		}
		list = append(list, s.membership())
	}
	return list, nil
}

func (s Status) membership() vault.Membership {
	return vault.Membership{
		ID: s.ID.String(), Group: s.Label, Member: s.Member, Role: string(s.Role), Waiting: s.Waiting, Removed: s.Removed, Restored: s.Careful,
		Members: s.Members, Invites: s.Invites, InvitesUntil: s.InvitesUntil, Addresses: append([]string{}, s.Places...),
		Secrets: s.Names, Unsent: s.Unsent, Conflicts: s.Conflicts, Synced: s.Synced, AsOf: s.AsOf, Beat: int64(s.Beat / time.Second),
	}
}

// countMembers counts the members that this vault knows of: the owner all, others those
// who sign, and themselves.
func (t *table) countMembers(s *Status) error {
	if t.st.Role != bundle.Owner {
		s.Members = len(t.charter.Signers())
		if _, ok := t.charter.Role(t.st.Self); !ok {
			s.Members++
		}
		return nil
	}
	ro, err := loadRoster(t.book.view, t.st.Group)
	if err != nil {
		return err
	}
	for _, e := range ro.Members {
		if e.current() && e.ID != bundle.Recovery {
			s.Members++
		}
	}
	now := t.book.view.Now().Unix()
	for _, i := range ro.Invites {
		if ro.open(i.ID, now) == nil {
			continue
		}
		s.Invites++
		if until := time.Unix(i.Expires, 0).UTC(); until.After(s.InvitesUntil) {
			s.InvitesUntil = until
		}
	}
	return nil
}
