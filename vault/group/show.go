package group

import (
	"context"
	"slices"
	"time"

	"github.com/tacit-vault/tacit/crypto/bundle"
	"github.com/tacit-vault/tacit/vault"
)

// Status is what is known of a group without asking anybody.
type Status struct {
	ID       ID
	Label    string
	Role     Role      // "" for who waits
	Member   string    // this member's label
	Waiting  bool      // not yet admitted
	Asked    time.Time // when it asked to join, while it waits; zero: not known
	Removed  bool      // a member no more
	Renewing bool      // it has asked for new keys, or to go on as another member, and was not answered
	Owner    string    // label
	Patterns []string  // of names, "*" stands for any characters
	Prefix   string    // in this vault, before the names of the group
	Places   []string
	Epoch    uint64
	Charter  uint64
	Names    int  // secrets of the group in this vault
	Unsent   int  // changes that no bundle has yet
	Queued   int  // bundles that some place lacks
	Careful  bool // restored or copied: nothing is sent until each place was asked

	Members      int       // that this vault knows of, itself included
	Invites      int       // open ones, which the owner alone knows
	InvitesUntil time.Time // when the last of them ends

	Conflicts int
	Synced    time.Time     // zero: never
	Beat      time.Duration // between two beats
	AsOf      time.Time     // the time in the newest beat, zero: none
	Behind    []string      // labels of writers whose changes the newest beat does not cover
}

// Takes tells whether a name of the vault belongs to the group.
func (s Status) Takes(name string) bool {
	st := state{Prefix: s.Prefix}
	_, ok := st.inGroup(s.Patterns, name)
	return ok
}

// Show returns the group's status. It needs a key.
func (g *Group) Show(ctx context.Context) (s Status, err error) {
	err = g.vault.Look(ctx, "group", func(w *vault.MergeView) error {
		t, err := g.table(w)
		if err != nil {
			return err
		}
		defer t.book.wipe()
		if s, err = t.known(); err == nil && t.charter != nil {
			err = t.count(ctx, &s)
		}
		return err
	})
	return s, err
}

// Known is Show without what has to be counted: Names, Unsent, Members, Invites and
// Conflicts are 0.
func (g *Group) Known(ctx context.Context) (Status, error) {
	st, charter, err := g.load(ctx)
	if err != nil {
		return Status{}, err
	}
	return (&table{st: st, charter: charter}).known()
}

func (t *table) known() (Status, error) {
	st := t.st
	s := Status{
		ID: st.Group, Member: st.Label, Waiting: st.Role == 0, Asked: st.asked(), Removed: st.Role == bundle.Removed, Renewing: st.Next != nil && st.Role != bundle.Removed,
		Prefix: st.Prefix, Places: st.Places, Queued: st.queued(), Careful: st.Careful, Conflicts: len(t.losers), AsOf: st.asOf(),
	}
	if st.Synced != 0 {
		s.Synced = time.Unix(st.Synced, 0).UTC()
	}
	if t.charter == nil {
		return s, nil
	}
	c := t.charter
	if !s.Removed && !s.Waiting {
		s.Role = Role(st.Role.String())
	}
	s.Label, s.Owner, s.Patterns, s.Epoch, s.Charter = c.Label, c.Owner.Label, c.Patterns, c.Epoch, c.Number
	s.Beat = time.Duration(c.Beat) * time.Second
	beaten := fromDots(st.Beaten)
	for _, d := range st.Seen {
		if m, role, ok := c.Find(d.Member); ok && role.Writes() && st.Beat > 0 && !beaten.Covers(d.Member, d.Seq) {
			s.Behind = append(s.Behind, m.Label)
		}
	}
	return s, nil
}

// count counts members, names and what is not sent.
func (t *table) count(ctx context.Context, s *Status) error {
	if err := t.countMembers(s); err != nil {
		return err
	}
	m := &merger{ctx: ctx, view: t.book.view, st: t.st, charter: t.charter, book: t.book, dirty: map[string]vault.NameVersion{}}
	if err := m.findDirty(); err != nil {
		return err
	}
	if t.st.Role.Writes() {
		s.Unsent = len(m.dirty)
	}
	return t.book.all(func(_ string, r row) error {
		if winner, ok := r.heads.Winner(); ok && !winner.Gone && r.flags&stood == 0 {
			s.Names++
		}
		return nil
	})
}

// Share puts names of this vault into the group that stood in it before it joined. The
// next sync sends them. Codes: InvalidName where no pattern of the group takes one in;
// NotFound; Denied for a reader.
func (g *Group) Share(ctx context.Context, names ...string) error {
	return g.vault.Merge(ctx, "group add", func(w *vault.MergeView) (vault.Merge, error) {
		t, err := g.table(w)
		if err != nil {
			return vault.Merge{}, err
		}
		if t.charter == nil || !t.st.Role.Writes() {
			return vault.Merge{}, &vault.SecretError{Code: vault.Denied, Message: "only the owner and writers put secrets into a group"}
		}
		out := vault.Merge{Own: map[string]vault.Value{}}
		for _, local := range names {
			if err := t.share(local); err != nil {
				return vault.Merge{}, err
			}
		}
		t.book.save(out.Own)
		st := *t.st
		st.Commit = 0
		out.Own[stateName(st.Group)], err = st.encode()
		return out, err
	})
}

func (t *table) share(local string) error {
	name, ok := t.st.inGroup(t.charter.Patterns, local)
	if !ok {
		return &vault.SecretError{Code: vault.InvalidName, Key: local, Message: "no pattern of the group takes it in"}
	}
	v, err := t.book.view.Version(local)
	if err != nil {
		return err
	}
	if v.Version == 0 || v.Deleted {
		return &vault.SecretError{Code: vault.NotFound, Key: local, Message: "there is no such secret"}
	}
	r, err := t.book.row(name)
	if err != nil || r.flags&stood == 0 {
		return err
	}
	r.flags, r.local = r.flags&^stood|resolving, 0
	t.book.setRow(name, r)
	t.book.setLosers(name, nil)
	return nil
}

// SetPlaces replaces the addresses that the group is synced through.
func (g *Group) SetPlaces(ctx context.Context, addresses ...string) error {
	return g.vault.Merge(ctx, "group", func(w *vault.MergeView) (vault.Merge, error) {
		st, err := loadState(w, g.id)
		if err != nil {
			return vault.Merge{}, err
		}
		st.Places = slices.Clone(addresses)
		value, err := st.encode()
		return vault.Merge{Own: map[string]vault.Value{stateName(st.Group): value}}, err
	})
}
