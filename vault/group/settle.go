package group

import (
	"errors"
	"slices"
	"time"

	"github.com/tacit-vault/tacit/crypto"
	"github.com/tacit-vault/tacit/crypto/bundle"
	"github.com/tacit-vault/tacit/vault"
	"github.com/tacit-vault/tacit/vault/group/heads"
)

// settle brings the vault to what the heads of a name say, and keeps what lost.
func (m *merger) settle(name string) error {
	before, err := m.book.row(name)
	if err != nil {
		return err
	}
	after := before
	after.heads = m.heads.Rows[name]
	listed, err := m.book.losersOf(name)
	if err != nil {
		return err
	}
	version, err := m.view.Version(m.st.inVault(name))
	if err != nil {
		return m.unstorable(name, after, listed)
	}
	s := settling{m: m, name: name, before: before, after: after, listed: listed, version: version}
	if _, dirty := m.dirty[name]; dirty {
		s.dirty = !m.wasCut(name)
		s.after.flags &^= resolving
	}
	if err := s.run(); err != nil {
		return err
	}
	m.book.setRow(name, s.after)
	m.book.setLosers(name, s.listed)
	return nil
}

// wasCut tells whether a dirty name went into a bundle of this merge.
func (m *merger) wasCut(name string) bool {
	return slices.ContainsFunc(m.outcome.Cut, func(c heads.Change) bool {
		return slices.ContainsFunc(c.Items, func(i heads.Item) bool { return i.Name == name })
	})
}

// A settling is settle of one name.
type settling struct {
	m             *merger
	name          string
	before, after row
	listed        []loser
	version       vault.NameVersion // in the vault
	dirty         bool              // it was set here, and stays here
}

func (s *settling) run() error {
	if err := s.list(); err != nil {
		return err
	}
	winner, ok := s.after.heads.Winner()
	switch {
	case s.after.flags&stood != 0:
		return s.standApart()
	case !ok:
		return s.vanish()
	case s.dirty:
		return s.giveWay(winner)
	}
	old, had := s.before.heads.Winner()
	if had && old.Sum == winner.Sum && old.Gone == winner.Gone && s.before.local == s.version.Version {
		return nil
	}
	if own := s.m.wasCut(s.name) && winner.Member == s.m.st.Self; own || winner.Gone && (s.version.Version == 0 || s.version.Deleted) {
		s.after.local = s.version.Version
		return nil
	}
	return s.store(winner)
}

// list renews the list of what lost.
func (s *settling) list() error {
	row := heads.Row{}
	kept := map[key]*loser{}
	var own []loser // set here and never sent: only the user takes them off the list
	for i := range s.listed {
		l := &s.listed[i]
		if l.Seq == 0 || l.why == Unstorable {
			own = append(own, *l)
			continue
		}
		row = append(row, l.head())
		kept[keyOf(s.name, l.head())] = l
	}
	winner, _ := s.after.heads.Winner()
	left := heads.Settle(s.m.st.Self, row, s.after.heads, s.name, s.m.applied())
	for _, v := range s.m.outcome.Vanished {
		if v.Name == s.name {
			left = append(left, v.Head)
		}
	}
	s.listed = own
	for _, h := range left {
		if h.Sum == winner.Sum && h.Gone == winner.Gone {
			continue // the same value is no conflict
		}
		l := kept[keyOf(s.name, h)]
		if l == nil {
			item, err := s.value(h)
			if err != nil {
				return err
			}
			l = &loser{Concurrent, bundle.HeadItem{Member: h.Member, Seq: h.Seq, Epoch: h.Epoch, Item: *item}}
			if !s.after.heads.Has(h) {
				l.why = Withdrawn
			}
			s.m.report.Conflicts++
		}
		s.listed = append(s.listed, *l)
	}
	return nil
}

// value is the value of a head: one that is new, one that lost before, or the one that
// stands in the vault.
func (s *settling) value(h heads.Head) (*bundle.Item, error) {
	if i := s.m.values[keyOf(s.name, h)]; i != nil {
		return i, nil
	}
	losers, err := s.m.book.losersOf(s.name)
	if err != nil {
		return nil, err
	}
	for i := range losers {
		if losers[i].Member == h.Member && losers[i].Seq == h.Seq {
			item := losers[i].Item
			item.Value = slices.Clone(item.Value)
			return &item, nil
		}
	}
	g, err := s.m.view.ReadVersion(s.m.st.inVault(s.name), s.before.local)
	if h.Gone && errors.Is(err, vault.NotFound) {
		return &bundle.Item{Name: s.name, Version: h.Version, Kind: crypto.Gone}, nil
	}
	if err != nil {
		return nil, err
	}
	item := itemOf(s.name, g)
	item.Version = h.Version
	return &item, nil
}

// store puts the winner into the vault.
func (s *settling) store(winner heads.Head) error {
	item, err := s.value(winner)
	if err != nil {
		return err
	}
	g, err := givenOf(s.m.st.inVault(s.name), item)
	if err == nil {
		err = s.m.view.Check(g)
	}
	if err != nil {
		s.after.flags |= unstorable
		s.keep(Unstorable, winner, item)
		return nil
	}
	s.after.flags &^= unstorable
	s.listed = slices.DeleteFunc(s.listed, func(l loser) bool { return l.why == Unstorable })
	s.m.out.Given = append(s.m.out.Given, g)
	s.after.local = s.version.Version + 1
	s.m.report.Received++
	return nil
}

// keep lists a value, in the place of one of the same change.
func (s *settling) keep(why Why, h heads.Head, item *bundle.Item) {
	s.listed = slices.DeleteFunc(s.listed, func(l loser) bool { return l.Seq != 0 && l.Member == h.Member && l.Seq == h.Seq })
	s.listed = append(s.listed, loser{why, bundle.HeadItem{Member: h.Member, Seq: h.Seq, Epoch: h.Epoch, Item: *item}})
	s.m.report.Conflicts++
}

// standApart keeps the group's values of a name beside the one that stood in the vault.
func (s *settling) standApart() error {
	for i := range s.listed {
		if s.listed[i].Seq != 0 {
			s.listed[i].why = Stood
		}
	}
	winner, ok := s.after.heads.Winner()
	if old, had := s.before.heads.Winner(); !ok || had && old.Sum == winner.Sum {
		return nil
	}
	item, err := s.value(winner)
	if err != nil {
		return err
	}
	s.keep(Stood, winner, item)
	return nil
}

// vanish deletes a name that the group has no more: what it had is on the list.
func (s *settling) vanish() error {
	if len(s.before.heads) == 0 || s.dirty {
		return nil
	}
	s.after.local = s.version.Version
	if s.version.Version == 0 || s.version.Deleted {
		return nil
	}
	s.m.out.Given = append(s.m.out.Given, vault.Given{Name: s.m.st.inVault(s.name), Deleted: true, Updated: s.m.view.Now()})
	s.after.local++
	s.m.report.Received++
	return nil
}

// giveWay takes what was set here, and is not sent, off the name: by a reader, or before
// the vault was restored. It stays on the list.
func (s *settling) giveWay(winner heads.Head) error {
	reader := !s.m.st.Role.Writes()
	if !reader && slices.Equal(s.before.heads, s.after.heads) {
		return nil // a later merge cuts it
	}
	item, err := s.m.dirtyItem(s.name)
	if err != nil {
		return err
	}
	if h := headOf(item); h.Sum == winner.Sum && h.Gone == winner.Gone {
		s.after.local = s.version.Version
		return nil
	}
	if _, err := s.value(winner); err != nil {
		if errors.Is(err, vault.NotFound) {
			s.after.heads = s.before.heads
			return nil // the next change of the name, or the next checkpoint, brings it
		}
		return err
	}
	own := loser{ReadOnly, bundle.HeadItem{Member: s.m.st.Self, Item: *item}}
	if !reader {
		own.why = Restored
	}
	s.listed = append(s.listed, own)
	s.m.report.Conflicts++
	s.m.report.Kept = append(s.m.report.Kept, s.m.st.inVault(s.name))
	return s.store(winner)
}

// unstorable notes a name that no vault name can be made of here.
func (m *merger) unstorable(name string, after row, listed []loser) error {
	s := settling{m: m, name: name, after: after, listed: listed}
	winner, ok := after.heads.Winner()
	if ok {
		item, err := s.value(winner)
		if err != nil {
			return err
		}
		s.keep(Unstorable, winner, item)
	}
	s.after.flags |= unstorable
	m.book.setRow(name, s.after)
	m.book.setLosers(name, s.listed)
	return nil
}

// givenOf is an item as the vault takes it.
func givenOf(local string, i *bundle.Item) (vault.Given, error) {
	g := vault.Given{Name: local, Attrs: i.Attrs, Updated: time.Unix(i.Updated, 0).UTC(), Purge: i.Purge}
	switch i.Kind {
	case crypto.Gone:
		g.Deleted = true
	case crypto.Text:
		g.Value = vault.TextOf(i.Value)
	case crypto.Bytes:
		g.Value = vault.Bytes(i.Value)
	case crypto.JSON:
		v, err := vault.JSON(i.Value)
		if err != nil || !slices.Equal(v.Reveal(), i.Value) {
			return g, &vault.SecretError{Code: vault.InvalidValue, Key: local, Message: "not JSON as a vault keeps it"}
		}
		g.Value = v
	}
	return g, nil
}
