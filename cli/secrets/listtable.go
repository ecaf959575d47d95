package secrets

import (
	"slices"
	"strconv"
	"time"

	"github.com/tacit-vault/tacit/cli/frame"
	"github.com/tacit-vault/tacit/cli/table"
	"github.com/tacit-vault/tacit/cli/terminal"
	"github.com/tacit-vault/tacit/vault"
)

// A listColumn is a column of ls: for people, and for programs.
type listColumn struct {
	name string
	table.Column
	cell func(*frame.Session, vault.Info) table.Cell
	text func(vault.Info) string
}

// listColumns are the columns, in the order of --long.
var listColumns = [...]listColumn{
	{
		"name",
		table.Column{Title: "NAME", Least: 8},
		func(_ *frame.Session, in vault.Info) table.Cell { return table.Text(in.Name) },
		func(in vault.Info) string { return in.Name },
	},
	{
		"version",
		table.Column{Title: "VER", Right: true, Falls: 4},
		func(_ *frame.Session, in vault.Info) table.Cell { return table.Text(versionText(in)) },
		versionText,
	},
	{
		"changed",
		table.Column{Title: "CHANGED", Falls: 5},
		func(s *frame.Session, in vault.Info) table.Cell { return table.Text(s.Age(in.Updated)) },
		func(in vault.Info) string { return frame.Stamp(in.Updated) },
	},
	{
		"size",
		table.Column{Title: "SIZE", Right: true, Falls: 2},
		func(_ *frame.Session, in vault.Info) table.Cell { return table.Text(frame.Size(in.Size)) },
		func(in vault.Info) string { return strconv.FormatInt(in.Size, 10) },
	},
	{
		"kind",
		table.Column{Title: "KIND", Falls: 3},
		func(_ *frame.Session, in vault.Info) table.Cell { return table.Text(in.Kind) },
		func(in vault.Info) string { return in.Kind },
	},
	{
		"expires",
		table.Column{Title: "EXPIRES", Falls: 6},
		func(s *frame.Session, in vault.Info) table.Cell { return dueCell(s, in.Expires) },
		expiresText,
	},
	{
		"labels",
		table.Column{Title: "LABELS", Falls: 1, Least: 16},
		func(_ *frame.Session, in vault.Info) table.Cell { return table.Text(labelsText(in.Labels)) },
		func(in vault.Info) string { return labelsText(in.Labels) },
	},
}

// columnOrder are the names of the columns, as --long has them.
func columnOrder() []string {
	names := make([]string, len(listColumns))
	for i, column := range listColumns {
		names[i] = column.name
	}
	return names
}

// columnOf is the column of that name, nil if there is none.
func columnOf(name string) *listColumn {
	for i := range listColumns {
		if listColumns[i].name == name {
			return &listColumns[i]
		}
	}
	return nil
}

func versionText(in vault.Info) string { return strconv.FormatUint(in.Version, 10) }

func expiresText(in vault.Info) string {
	if in.Expires.IsZero() {
		return "-"
	}
	return frame.Stamp(in.Expires)
}

// shown are the columns for people: those asked for, and else those that say something.
func (o *lsOptions) shown(infos []vault.Info) []string {
	if o.columns != "" {
		return o.columnNames()
	}
	has := func(does func(vault.Info) bool) bool { return slices.ContainsFunc(infos, does) }
	says := map[string]bool{
		"name": true, "version": true, "changed": true, "size": o.long, "kind": o.long || o.deleted,
		"expires": o.long || has(func(in vault.Info) bool { return !in.Expires.IsZero() }),
		"labels":  o.long || has(func(in vault.Info) bool { return len(in.Labels) > 0 }),
	}
	return slices.DeleteFunc(columnOrder(), func(name string) bool { return !says[name] })
}

// print writes the list for people.
func (o *lsOptions) print(s *frame.Session, infos []vault.Info) {
	names := o.shown(infos)
	t := table.Table{}
	for _, name := range names {
		column := columnOf(name).Column
		if o.columns != "" {
			column.Falls = 0 // it was asked for
		}
		t.Columns = append(t.Columns, column)
	}
	row := func(in vault.Info, shift func(string) string) []table.Cell {
		cells := make([]table.Cell, len(names))
		for i, name := range names {
			cells[i] = columnOf(name).cell(s, in)
			if name == "name" {
				cells[i] = table.Text(shift(in.Name))
			}
		}
		return cells
	}
	switch {
	case o.tree:
		t.Rows = treeRows(infos, row)
	case o.by != "":
		t.Rows = groupRows(o.by, infos, row)
	default:
		for _, in := range infos {
			t.Rows = append(t.Rows, row(in, func(name string) string { return name }))
		}
	}
	frame.PrintTable(s, t)
	noteBelow(s, "%s", summary(infos, s.Now()))
}

// lines is the list for a program.
func (o *lsOptions) lines(infos []vault.Info) [][]string {
	names := columnOrder()
	if o.columns != "" {
		names = o.columnNames()
	}
	rows := make([][]string, len(infos))
	for i, in := range infos {
		for _, name := range names {
			rows[i] = append(rows[i], columnOf(name).text(in))
		}
	}
	return rows
}

// summary is "7 names, 1 expired, 2 within 30 days".
func summary(infos []vault.Info, now time.Time) string {
	text := frame.Count(len(infos), "name")
	expired, due := frame.CountDue(infos, now)
	if expired > 0 {
		text += ", " + strconv.Itoa(expired) + " expired"
	}
	if due > 0 {
		text += ", " + strconv.Itoa(due) + " within 30 days"
	}
	return text
}

// noteBelow is a note below a table, to somebody who sees both.
func noteBelow(s *frame.Session, format string, args ...any) {
	if terminal.IsTerminal(s.Out) && s.Flush() == nil {
		s.Note(format, args...)
	}
}
