package group

import (
	"context"
	"slices"
	"time"

	"github.com/tacit-vault/tacit/crypto"
	"github.com/tacit-vault/tacit/crypto/bundle"
	"github.com/tacit-vault/tacit/vault"
)

// Invitation is an invite that is about to be made. The zero values are right for one
// reader who comes within a day.
type Invitation struct {
	Role     Role          // "": reader
	Label    string        // of the member; "": it names itself
	Uses     int           // how many may come by it, 1 to 1,000,000; 0: one
	TTL      time.Duration // how long it is valid by this machine's clock, up to 10 years; 0: 24 hours
	Replaces string        // label of a member that is removed when the new one comes
	Public   bool          // the code is no secret: the owner types CHECK
	Address  string        // where the group's bundles lie, as the new member reaches it
}

const maxUses = 1_000_000

// Invite makes an invite, and returns its code: a secret, unless the invite is public.
// It is the caller's to wipe. Only the vault that made it can admit by it.
//
// Codes: Denied for who is not the owner, and for an heir by a code with a secret;
// NotFound for a member to replace; InvalidName; InvalidValue.
func (g *Group) Invite(ctx context.Context, i Invitation) (code []byte, err error) {
	err = g.change(ctx, "group invite", func(s *standing) error {
		if err := s.owner(); err != nil {
			return err
		}
		made, err := s.invitation(i)
		if err != nil {
			return err
		}
		s.ro.expire(s.now())
		s.ro.Invites = append(s.ro.Invites, made)
		held := s.newest()
		text, err := (&bundle.Invite{
			Genesis: s.charters[0].Digest(), Number: held.Number, Charter: held.Digest(), ID: made.ID,
			Secret: made.Secret, Inbox: held.InboxRecipient, Address: i.Address,
		}).Reveal()
		if err != nil {
			return s.refuse(vault.InvalidValue, "an address has 1 to 1,024 printable characters")
		}
		code = []byte(text)
		return nil
	})
	return code, err
}

func (s *standing) invitation(i Invitation) (made invite, err error) {
	role := bundle.Reader
	if i.Role != "" {
		if role, err = bundle.ParseRole(string(i.Role)); err != nil || role == bundle.Owner || role == bundle.Removed {
			return made, s.refuse(vault.InvalidValue, "who is invited is a reader, a writer or an heir")
		}
	}
	if i.Uses == 0 {
		i.Uses = 1
	}
	if i.TTL == 0 {
		i.TTL = 24 * time.Hour
	}
	switch {
	case role == bundle.Heir && !i.Public:
		return made, s.refuse(vault.Denied, "an heir is invited by a public code, and admitted by its check")
	case i.Uses < 1 || i.Uses > maxUses || i.Uses > 1 && (i.Label != "" || i.Replaces != ""):
		return made, s.refuse(vault.InvalidValue, "an invite is for 1 to 1,000,000 members; one that names a member is for one")
	case i.TTL < time.Second || i.TTL > bundle.MaxBeat*time.Second:
		return made, s.refuse(vault.InvalidValue, "an invite is valid for a second to ten years")
	}
	made = invite{ID: bundle.NewInviteID(), Role: role, Label: i.Label, Left: i.Uses, Expires: s.now() + int64(i.TTL/time.Second)}
	if i.Replaces != "" {
		old := s.ro.labelled(i.Replaces)
		if old == nil || old.Role == bundle.Owner {
			return made, s.refuse(vault.NotFound, "no member of that label that could be replaced")
		}
		made.Replaces = old.ID
		if made.Label == "" {
			made.Label = old.Label
		}
	}
	if made.Label != "" && !crypto.IsLabel(made.Label) {
		return made, badLabel(s.op)
	}
	if !i.Public {
		made.Secret = bundle.NewSecret()
	}
	return made, nil
}

// An InviteID names an invite.
type InviteID = bundle.InviteID

// OpenInvite is an invite that can still be used.
type OpenInvite struct {
	ID       InviteID
	Role     Role
	Label    string // of the member; "": it names itself
	Left     int    // how many may still come by it
	Expires  time.Time
	Public   bool
	Replaces string // label of the member that is removed when the new one comes; "": none
}

// Invites lists the open invites, the one that ends first at the top. Denied for a
// member that is not the owner.
func (g *Group) Invites(ctx context.Context) (list []OpenInvite, err error) {
	err = g.vault.Look(ctx, "group invites", func(w *vault.MergeView) error {
		list = nil
		s, err := g.stand(w, "group invites")
		if err == nil {
			err = s.owner()
		}
		if err != nil {
			return err
		}
		for i := range s.ro.Invites {
			v := &s.ro.Invites[i]
			if s.ro.open(v.ID, s.now()) == nil {
				continue
			}
			o := OpenInvite{
				ID: v.ID, Role: Role(v.Role.String()), Label: v.Label, Left: v.Left,
				Expires: time.Unix(v.Expires, 0).UTC(), Public: len(v.Secret) == 0,
			}
			if old := s.ro.find(v.Replaces); old != nil && v.Replaces != (bundle.MemberID{}) {
				o.Replaces = old.Label
			}
			list = append(list, o)
		}
		slices.SortStableFunc(list, func(a, b OpenInvite) int { return a.Expires.Compare(b.Expires) })
		return nil
	})
	return list, err
}

// CloseInvites ends invites for good, in one commit: nobody is admitted by them any more.
// Codes: NotFound for one that is not open; Denied for a member that is not the owner.
func (g *Group) CloseInvites(ctx context.Context, ids ...InviteID) error {
	return g.change(ctx, "group invites", func(s *standing) error {
		if err := s.owner(); err != nil {
			return err
		}
		for _, id := range ids {
			if s.ro.open(id, s.now()) == nil {
				return s.refuse(vault.NotFound, "no open invitation is called "+id.String())
			}
			s.ro.close(id)
		}
		s.unchanged = len(ids) == 0
		return nil
	})
}

// ParseInviteID reads an InviteID in hexadecimal.
func ParseInviteID(text string) (id InviteID, err error) {
	err = id.UnmarshalText([]byte(text))
	return id, err
}

// AddressOf is the address in a code. InvalidValue for what is no code; Newer for the
// code of another version.
func AddressOf(code []byte) (string, error) {
	in, err := parseCode("join", code)
	if err != nil {
		return "", err
	}
	return in.Address, nil
}
