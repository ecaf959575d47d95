package group

import (
	"context"
	"slices"

	"github.com/tacit-vault/tacit/crypto"
	"github.com/tacit-vault/tacit/crypto/bundle"
	"github.com/tacit-vault/tacit/vault"
)

// A standing is this vault's membership during one commit that changes it.
type standing struct {
	op       string
	view     *vault.MergeView
	st       *state
	charters lineage
	ro       *roster

	draft     *bundle.Charter // nil: the charter stays
	newEpoch  bool            // the draft begins an epoch
	newInbox  bool
	signer    bundle.MemberID // of the draft; the member itself unless it is set
	key       *bundle.SigningKey
	unchanged bool
}

// change makes one commit that changes the membership. fn may run twice.
func (g *Group) change(ctx context.Context, op string, fn func(*standing) error) error {
	return g.vault.Merge(ctx, op, func(w *vault.MergeView) (vault.Merge, error) {
		s, err := g.stand(w, op)
		if err != nil {
			return vault.Merge{}, err
		}
		if err := fn(s); err != nil || s.unchanged {
			return vault.Merge{}, err
		}
		if err := s.enact(); err != nil {
			return vault.Merge{}, err
		}
		return s.save()
	})
}

// stand reads the membership as it is.
func (g *Group) stand(w *vault.MergeView, op string) (s *standing, err error) {
	s = &standing{op: op, view: w}
	if s.st, err = loadState(w, g.id); err != nil {
		return nil, s.named(err)
	}
	if s.charters, err = parseLineage(s.st.Charters); err != nil {
		return nil, corrupted(op, stateName(g.id))
	}
	s.ro, err = loadRoster(w, g.id)
	return s, err
}

// named is an error of the state with the operation in it.
func (s *standing) named(err error) error {
	if se, ok := err.(*vault.SecretError); ok && se.Op == "" {
		named := *se
		named.Op = s.op
		return &named
	}
	return err
}

func corrupted(op, record string) error {
	return &vault.SecretError{Code: vault.Corrupt, Op: op, Message: "the group's own record " + record + " is malformed"}
}

// refuse is an error that says why a change is not made.
func (s *standing) refuse(code vault.Code, message string) error {
	return &vault.SecretError{Code: code, Op: s.op, Message: message}
}

// now is the time of the commit, in Unix seconds.
func (s *standing) now() int64 { return s.view.Now().Unix() }

// newest is the charter that is held.
func (s *standing) newest() *bundle.Charter { return s.charters.newest() }

// admitted refuses who is not admitted yet, or was removed.
func (s *standing) admitted() error {
	switch {
	case s.st.Role == bundle.Removed:
		return s.refuse(vault.NotMember, "this vault was removed from the group")
	case len(s.charters) == 0 || s.st.Role == 0:
		return s.refuse(vault.NotMember, "this vault waits to be admitted to the group")
	}
	return nil
}

// member refuses, besides, a vault that may be an old state of a member.
func (s *standing) member() error {
	if err := s.admitted(); err != nil {
		return err
	}
	if s.st.Careful {
		return s.refuse(vault.Conflict, "this vault was restored, or is a copy: the group has to be synced first")
	}
	return nil
}

// owner refuses everybody but the owner.
func (s *standing) owner() error {
	if err := s.member(); err != nil {
		return err
	}
	if s.st.Role != bundle.Owner {
		return s.refuse(vault.Denied, "only the group's owner can do that: "+s.newest().Owner.Label)
	}
	return nil
}

// memberOf is the public half of a member's keys.
func memberOf(id bundle.MemberID, label string, seed []byte, identity string) (m bundle.Member, err error) {
	key, err := bundle.ParseSigningKey(seed)
	if err != nil {
		return m, err
	}
	defer key.Wipe()
	i, err := crypto.ParseIdentity(identity)
	if err != nil {
		return m, err
	}
	defer i.Wipe()
	to, err := i.Recipient()
	return bundle.Member{ID: id, Label: label, Key: key.Public(), Recipient: to}, err
}

// amend is the charter that this commit is going to sign.
func (s *standing) amend() *bundle.Charter {
	if s.draft == nil {
		s.draft = follow(s.newest(), s.now())
	}
	return s.draft
}

// enact signs the draft, with new keys where it begins an epoch.
func (s *standing) enact() error {
	if s.draft == nil {
		return nil
	}
	d := s.draft
	if s.newEpoch {
		epoch, sum, err := drawIdentity(d.Suite)
		if err != nil {
			return err
		}
		d.Epoch, d.EpochRecipient = d.Epoch+1, sum
		s.st.Epochs[d.Epoch] = epoch
		s.st.Due = true
	}
	if s.newInbox {
		inbox, sum, err := drawIdentity(d.Suite)
		if err != nil {
			return err
		}
		d.InboxRecipient, s.st.Inbox = sum, inbox
	}
	key := s.key
	if key == nil {
		var err error
		if key, err = s.st.signingKey(); err != nil {
			return err
		}
		defer key.Wipe()
	}
	signer := s.signer
	if key != s.key {
		signer = s.st.Self
	}
	if err := d.Sign(signer, key); err != nil {
		return s.refuse(vault.InvalidValue, "the group would have too many heirs and writers, or members that left: "+err.Error())
	}
	l, err := s.charters.accept(d)
	if err != nil {
		return s.refuse(vault.Internal, err.Error())
	}
	s.charters, s.st.Charters = l, l.marshal()
	s.st.rememberKeys(d)
	return nil
}

// drawIdentity draws an identity, and the hash of its recipient.
func drawIdentity(suite crypto.Suite) (identity string, sum crypto.Digest, err error) {
	i, err := crypto.NewIdentity(suite)
	if err != nil {
		return "", sum, err
	}
	defer i.Wipe()
	to, err := i.Recipient()
	return i.Reveal(), bundle.RecipientSum(to), err
}

// save is the commit.
func (s *standing) save() (m vault.Merge, err error) {
	m.Own = map[string]vault.Value{}
	if s.st.Commit+1 == s.view.Seq() {
		s.st.Commit = s.view.Seq() // what was set since the last commit is still nothing
	}
	if m.Own[stateName(s.st.Group)], err = s.st.encode(); err != nil {
		return vault.Merge{}, err
	}
	if len(s.ro.Members) > 0 || len(s.ro.Invites) > 0 {
		m.Own[memberListName(s.st.Group)], err = s.ro.encode()
	}
	return m, err
}

// applied is the last bundle of a member that is applied here.
func (s *standing) applied(id bundle.MemberID) bundle.Dot {
	if d, ok := fromDots(s.st.Seen).Of(id); ok {
		return d
	}
	return bundle.Dot{Member: id}
}

// expel takes a member off the list and out of the charter. Its feed counts as far as
// it is applied here.
func (s *standing) expel(e *enrolled) {
	was := e.Role
	e.Was, e.Role, e.Left = was, bundle.Removed, s.now()
	e.Epochs[1] = s.newest().Epoch
	s.ro.close(e.Invite)
	s.newEpoch = true
	s.newInbox = s.newInbox || was.HoldsInbox()
	d := s.amend()
	if _, _, ok := d.Find(e.ID); !ok {
		return
	}
	is := func(m bundle.Member) bool { return m.ID == e.ID }
	d.Heirs, d.Writers = slices.DeleteFunc(d.Heirs, is), slices.DeleteFunc(d.Writers, is)
	d.Former = bundle.WithDot(d.Former, s.applied(e.ID))
}

// enrol puts a member on the list, and into the charter where its role signs. The
// error says why it cannot be there.
func (s *standing) enrol(m bundle.Member, role bundle.Role, invite bundle.InviteID) error {
	held := s.newest()
	if _, left := held.Left(m.ID); left || s.ro.knows(m) {
		return s.refuse(vault.Exists, "a member of this id or with these keys was in the group already")
	}
	if suite, err := crypto.RecipientSuite(m.Recipient); err != nil || suite != held.Suite {
		return s.refuse(vault.InvalidValue, "the request is of another suite than the group")
	}
	s.ro.add(enrolled{
		ID: m.ID, Label: m.Label, Key: slices.Clone(m.Key[:]), Recipient: m.Recipient,
		Role: role, Invite: invite, Admitted: s.now(), Epochs: [2]uint64{held.Epoch, held.Epoch},
	})
	d := &s.draft
	switch role {
	case bundle.Writer:
		s.amend()
		(*d).Writers = sortedMembers(append((*d).Writers, m))
	case bundle.Heir:
		s.amend()
		(*d).Heirs = sortedMembers(append((*d).Heirs, m))
	}
	return nil
}

func sortedMembers(list []bundle.Member) []bundle.Member {
	slices.SortFunc(list, func(a, b bundle.Member) int { return slices.Compare(a.ID[:], b.ID[:]) })
	return list
}

// enrolledSelf puts this vault on a list that it begins.
func (s *standing) enrolSelf(m bundle.Member) {
	epoch := s.newest().Epoch
	s.ro.add(enrolled{
		ID: m.ID, Label: m.Label, Key: slices.Clone(m.Key[:]), Recipient: m.Recipient, Role: bundle.Owner,
		Admitted: s.now(), Epochs: [2]uint64{epoch, epoch},
	})
}
