package group

import (
	"slices"

	"github.com/tacit-vault/tacit/crypto/bundle"
	"github.com/tacit-vault/tacit/vault/group/heads"
)

// apply cuts what is dirty and applies the news, by the rules.
func (m *merger) apply() error {
	if err := m.readHeads(); err != nil {
		return err
	}
	lists, err := m.cutLists()
	if err != nil {
		return err
	}
	var w heads.Writer
	if len(lists) > 0 {
		if w, err = m.writer(); err != nil {
			return err
		}
	}
	in := heads.News{Former: heads.Former(m.charter.Former)}
	if m.news.checkpoint != nil {
		in.Checkpoint = &m.news.checkpoint.Checkpoint
	}
	for _, c := range m.news.changes {
		in.Changes = append(in.Changes, c.Change)
	}
	if m.outcome, err = m.heads.Commit(w, lists, in); err != nil {
		return err
	}
	m.takeValues()
	m.enqueue()
	return m.tell()
}

// readHeads reads the rows that this merge can change.
func (m *merger) readHeads() error {
	m.heads = &heads.State{Seen: fromDots(m.st.Seen), Former: heads.Former(m.charter.Former), Rows: map[string]heads.Row{}}
	for name := range m.dirty {
		m.touched[name] = true
	}
	for _, c := range m.news.changes {
		for _, i := range c.Items {
			m.touched[i.Name] = true
		}
	}
	if m.news.checkpoint != nil {
		for name := range m.news.checkpoint.Rows {
			m.touched[name] = true
		}
		if err := m.book.all(func(name string, _ row) error { m.touched[name] = true; return nil }); err != nil {
			return err
		}
	}
	for name := range m.touched {
		r, err := m.book.row(name)
		if err != nil {
			return err
		}
		if len(r.heads) > 0 {
			m.heads.Rows[name] = r.heads
		}
	}
	return nil
}

// takeValues keeps the values of the heads that are new.
func (m *merger) takeValues() {
	for _, c := range m.outcome.Cut {
		for _, i := range c.Items {
			item := *m.values[key0(i.Name)]
			item.Version = i.Version
			m.values[key{i.Name, c.Dot.Member, c.Dot.Seq}] = &item
		}
	}
	for _, c := range m.news.changes {
		for name, item := range c.items {
			m.values[key{name, c.Dot.Member, c.Dot.Seq}] = item
		}
	}
	if m.news.checkpoint != nil {
		for k, item := range m.news.checkpoint.items {
			m.values[k] = &item.Item
		}
	}
}

// tell fills in the report.
func (m *merger) tell() error {
	for _, c := range m.outcome.Cut {
		m.report.Sent += len(c.Items)
	}
	for _, w := range m.outcome.Waiting {
		for _, d := range w.Needs {
			m.report.wait(Waiting{From: m.labelOf(w.Change.Dot.Member), For: m.labelOf(d.Member), Until: d.Seq})
		}
	}
	for _, id := range m.outcome.Forked {
		m.report.Forked = append(m.report.Forked, m.labelOf(id))
	}
	return nil
}

// labelOf is the label of a member, or its id where it is in the charter no more.
func (m *merger) labelOf(id bundle.MemberID) string {
	if who, _, ok := m.charter.Find(id); ok {
		return who.Label
	}
	return id.String()
}

// applied are the changes of this merge, in order.
func (m *merger) applied() []heads.Change {
	return slices.Concat(m.outcome.Cut, m.outcome.Applied)
}
