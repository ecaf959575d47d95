package screen

import (
	"slices"
	"time"

	"github.com/tacit-vault/tacit/cli/ui/wire"
)

// A table is another view. Its rows are searched by their first cell, as names are.
type table struct {
	wire.Table                 // with all rows that have come
	coming     []wire.TableRow // those of the next, until its last has come
	list       list
	widths     []int
	numbers    []bool // of the columns: they hold numbers alone
	only       bool   // only what wants attention
	left       int    // the first column beside the name that is on the screen
}

// takeTable takes a part of a table. With the last it is shown. The cursor, and what was
// typed, stay where the view is the same.
func takeTable(s *State, part wire.Table) {
	if s.asked.skipped > 0 {
		if part.Last {
			s.asked.skipped--
		}
		return // somebody has gone on meanwhile
	}
	if part.View != s.table.View {
		s.table = table{}
		s.table.View = part.View
	}
	t := &s.table
	if part.First {
		t.coming = nil
	}
	t.coming = append(t.coming, part.Rows...)
	if !part.Last {
		return
	}
	if s.asked.many--; s.asked.many <= 0 {
		s.asked = asked{}
	}
	t.Table = part
	t.Rows, t.coming = t.coming, nil
	rows := make([]wire.Row, len(t.Rows))
	for i, row := range t.Rows {
		if len(row.Cells) > 0 {
			rows[i].Name = row.Cells[0]
		}
	}
	t.list.take(&wire.Rows{First: true, Last: true, Rows: rows}, s.now)
	t.widths, t.numbers = measured(&t.Table)
	t.left = max(0, min(t.left, len(t.Titles)-2))
	if t.Note != "" || s.note.passing {
		s.say(t.Note)
	}
	s.page = tablePage
}

// searched tells whether typing searches in the table.
func (t *table) searched() bool { return t.View != wire.Health && t.View != wire.Conflicts }

// row is the chosen one; nil for none.
func (t *table) row() *wire.TableRow {
	if hits := t.list.hits(); t.list.chosen < len(hits) {
		return &t.Rows[hits[t.list.chosen]]
	}
	return nil
}

// narrow shows only what wants attention, or all again.
func (t *table) narrow(now time.Time) {
	t.only = !t.only
	t.list.keeps = nil
	if t.only {
		t.list.keeps = func(at int) bool { return t.Rows[at].Look }
	}
	t.list.renew(now)
}

// turned is the environment before or after the base.
func (t *table) turned(by int) string {
	envs := t.Titles[min(1, len(t.Titles)):]
	if len(envs) == 0 {
		return ""
	}
	at := max(0, slices.Index(envs, t.Base))
	return envs[(at+by+len(envs))%len(envs)]
}
