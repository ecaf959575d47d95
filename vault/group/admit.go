package group

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/tacit-vault/tacit/crypto"
	"github.com/tacit-vault/tacit/crypto/bundle"
	"github.com/tacit-vault/tacit/vault"
	"github.com/tacit-vault/tacit/vault/group/transport"
)

// Admission admits a member by its check.
type Admission struct {
	Check string // as the member's screen shows it, as people type it
	Role  Role   // "": that of the invite
	Label string // "": that of the invite, or of the request
}

// Admit admits the member whose request has the check, in one commit; the next sync
// welcomes it.
//
// Codes: InvalidValue for what is no check; NotFound where no place has such a request,
// or its invite is not open any more; Denied for who is not the owner; Exists for keys
// that were in the group before; Unreachable.
func (g *Group) Admit(ctx context.Context, a Admission, places ...Place) (m Member, err error) {
	const op = "group admit"
	check, err := bundle.ParseCheck(a.Check)
	if err != nil {
		return m, &vault.SecretError{Code: vault.InvalidValue, Op: op, Message: err.Error()}
	}
	st, err := readState(ctx, g.vault, g.id)
	if err != nil {
		return m, err
	}
	inbox, err := st.openInbox(op)
	if err != nil {
		return m, err
	}
	defer inbox.Wipe()
	reached := false
	for _, p := range places {
		requests, err := g.requests(ctx, p, inbox, func(bundle.MemberID) bool { return true })
		if err != nil {
			continue
		}
		reached = true
		for _, r := range requests {
			if bundle.CheckOf(r.digest) == check {
				return g.admitChecked(ctx, op, a, r)
			}
		}
	}
	if err := ctx.Err(); err != nil {
		return m, err
	}
	if !reached {
		return m, &vault.SecretError{Code: vault.Unreachable, Op: op, Message: "no address of the group can be reached"}
	}
	return m, &vault.SecretError{Code: vault.NotFound, Op: op, Message: "no request with this check is there"}
}

func (g *Group) admitChecked(ctx context.Context, op string, a Admission, r request) (m Member, err error) {
	err = g.change(ctx, op, func(s *standing) error {
		if err := s.owner(); err != nil {
			return err
		}
		v := s.ro.open(r.join.Invite, s.now())
		if v == nil {
			return s.refuse(vault.NotFound, "the invite of this request is not open any more")
		}
		role, label := v.Role, a.Label
		if a.Role != "" {
			if role, err = bundle.ParseRole(string(a.Role)); err != nil || role == bundle.Owner || role == bundle.Removed {
				return s.refuse(vault.InvalidValue, "who is admitted is a reader, a writer or an heir")
			}
		}
		if label != "" && !crypto.IsLabel(label) {
			return badLabel(s.op)
		}
		if err := s.admit(r, role, label, v); err != nil {
			return err
		}
		m = shownMember(*s.ro.find(r.join.Member.ID), s.st.Self)
		return nil
	})
	return m, err
}

// A request is one to join, or to become another member, that was read at a place. Its
// author signed it.
type request struct {
	signed *bundle.Bundle // of one that renews
	join   *bundle.Join
	head   bundle.Head
	digest crypto.Digest
}

// renews tells whether a member asks to become another one.
func (r *request) renews() bool { return r.head.Member != r.join.Member.ID }

// maxRequests is how many requests are read in one sync: who can write to a place can
// leave any number there.
const maxRequests = 10_000

// requests reads what lies in the inbox at a place, of members that wanted asks for.
// What is damaged, or not for this group, is left out.
func (g *Group) requests(ctx context.Context, p Place, inbox *crypto.Opener, wanted func(bundle.MemberID) bool) (list []request, err error) {
	prefix, after := transport.Prefix(transport.Join, g.id), ""
	for read := 0; read < maxRequests; {
		keys, err := p.Transport.List(ctx, prefix, after)
		if err != nil || len(keys) == 0 {
			return list, err
		}
		after = keys[len(keys)-1]
		for _, key := range keys {
			k, err := transport.Parse(key)
			if err != nil || !wanted(k.Member) {
				continue
			}
			read++
			data, err := p.Transport.Get(ctx, key)
			if errors.Is(err, transport.ErrUnreachable) {
				return list, err
			}
			if r, ok := g.openRequest(data, k, inbox); ok && err == nil {
				list = append(list, r)
			}
		}
	}
	return list, nil
}

// openRequest reads one, which lies under the key. That who asks holds the key of the
// member that is asked for, or of the member that becomes it, is checked in admit.
func (g *Group) openRequest(data []byte, k transport.Key, inbox *crypto.Opener) (r request, ok bool) {
	b, err := bundle.Parse(data)
	if err != nil || b.Kind != bundle.KindJoin || b.Group != g.id || len(data) > bundle.MaxBody {
		return r, false
	}
	c, err := b.Open(inbox)
	if err != nil {
		return r, false
	}
	r = request{join: c.(*bundle.Join), head: b.Head, digest: b.Digest()}
	if r.join.Member.ID != k.Member || r.join.Invite != k.Invite || b.Seq != 1 {
		return r, false
	}
	if r.renews() { // the signature is the old member's: see replaced
		r.signed = b
		return r, r.join.Invite == bundle.InviteID{}
	}
	return r, b.Verify(r.join.Member.Key) == nil
}

// admit takes a member in by an invite that is open. "" for the label is the invite's,
// or the request's.
func (s *standing) admit(r request, role bundle.Role, label string, v *invite) error {
	m := r.join.Member
	for _, l := range []string{v.Label, m.Label} {
		if label == "" {
			label = l
		}
	}
	if old := s.ro.find(v.Replaces); old != nil && v.Replaces != (bundle.MemberID{}) && old.current() {
		s.expel(old)
	}
	m.Label = s.ro.freeLabel(label)
	if err := s.enrol(m, role, v.ID); err != nil {
		return err
	}
	if v := s.ro.open(v.ID, s.now()); v != nil {
		v.Left--
	}
	return nil
}

// admitProven admits, of requests, those that prove that they know the secret of an open
// invite, and those of members that become another one. It tells whether there were any.
func (s *standing) admitProven(list []request) (any bool) {
	for _, r := range list {
		if s.ro.find(r.join.Member.ID) != nil {
			continue
		}
		if r.renews() {
			any = s.replace(r) || any
			continue
		}
		v := s.ro.open(r.join.Invite, s.now())
		if v == nil || len(v.Secret) == 0 || !r.join.Proves(r.head, v.Secret) || v.Role == bundle.Heir {
			continue
		}
		if s.full(v.Role) {
			continue
		}
		if err := s.admit(r, v.Role, "", v); err == nil {
			any = true
		}
	}
	return any
}

// full tells whether the charter has no place for one more of the role.
func (s *standing) full(role bundle.Role) bool {
	c := s.newest()
	if s.draft != nil {
		c = s.draft
	}
	return role != bundle.Reader && len(c.Heirs)+len(c.Writers) >= bundle.MaxSigners
}

// replace lets a member become another one, which it asks for with its own signature:
// the old one is removed, the new one has its role and label.
func (s *standing) replace(r request) bool {
	old := s.ro.find(r.head.Member)
	if old == nil || !old.current() || old.Role == bundle.Owner || old.ID == bundle.Recovery || r.signed.Verify(old.member().Key) != nil {
		return false
	}
	m := r.join.Member
	if _, left := s.newest().Left(m.ID); left || s.ro.knows(m) {
		return false
	}
	role, label, invite := old.Role, old.Label, old.Invite
	s.expel(old)
	m.Label = label
	return s.enrol(m, role, invite) == nil
}

// serveRequests admits who may be admitted without being asked about. It tells whether
// there were any.
func (g *Group) serveRequests(ctx context.Context, p Place, st *state, ro *roster, report *Report) (any bool, err error) {
	inbox, err := st.openInbox("sync")
	if err != nil {
		return false, err
	}
	defer inbox.Wipe()
	list, err := g.requests(ctx, p, inbox, func(id bundle.MemberID) bool { return ro.find(id) == nil })
	if err != nil || len(list) == 0 {
		return false, err
	}
	slices.SortStableFunc(list, func(a, b request) int { return int(a.join.Time - b.join.Time) })
	var left []Unanswered
	err = g.change(ctx, "sync", func(s *standing) error {
		owns := s.owner() == nil
		any = owns && s.admitProven(list)
		s.unchanged = !any
		if left = nil; owns {
			left = s.unanswered(list)
		}
		return nil
	})
	report.ask(left)
	return any, err
}

// Member is a member of a group, as its owner knows it; others know the owner, heirs
// and writers alone.
type Member struct {
	ID       MemberID
	Label    string
	Role     Role
	Self     bool      // this vault
	Admitted time.Time // zero where it is not known
	Seen     time.Time // of its newest receipt; zero: none
	Behind   bool      // by that receipt it lacks what the owner has
}

func shownMember(e enrolled, self bundle.MemberID) Member {
	m := Member{ID: e.ID, Label: e.Label, Role: Role(e.Role.String()), Self: e.ID == self, Behind: e.Behind}
	if e.Admitted > 0 {
		m.Admitted = time.Unix(e.Admitted, 0).UTC()
	}
	if e.Seen > 0 {
		m.Seen = time.Unix(e.Seen, 0).UTC()
	}
	return m
}
