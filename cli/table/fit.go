package table

import (
	"slices"

	"github.com/tacit-vault/tacit/cli/style"
)

// fit is the table with the columns for which there is room, and their widths.
func (t Table) fit(width int) (Table, []int) {
	widths := t.widths()
	for {
		over := total(widths) - width
		if width <= 0 || over <= 0 {
			return t, widths
		}
		next := t.nextToFall()
		if next < 0 {
			return t, t.squeeze(widths, over)
		}
		if least := t.Columns[next].Least; least > 0 && widths[next]-over >= least {
			widths[next] -= over
			return t, widths
		}
		t = t.without(next)
		widths = t.widths()
	}
}

func total(widths []int) (n int) {
	for _, w := range widths {
		n += w
	}
	return n + gap*max(0, len(widths)-1)
}

// widths are those of the widest cells.
func (t Table) widths() []int {
	widths := make([]int, len(t.Columns))
	for i, c := range t.Columns {
		if !t.Bare {
			widths[i] = style.Width(c.Title)
		}
	}
	for _, row := range t.Rows {
		if t.heading(row) {
			continue
		}
		for i, cell := range row {
			widths[i] = max(widths[i], cell.Width())
		}
	}
	return widths
}

// nextToFall is the column that falls next, -1 where all stay.
func (t Table) nextToFall() int {
	next := -1
	for i, c := range t.Columns {
		if c.Falls > 0 && (next < 0 || c.Falls < t.Columns[next].Falls) {
			next = i
		}
	}
	return next
}

// without is the table without a column. What is short of its cells stays.
func (t Table) without(i int) Table {
	stays := slices.ContainsFunc(t.Rows, func(row []Cell) bool { return !t.heading(row) && row[i].Short != "" })
	out := Table{Columns: slices.Clone(t.Columns), Rows: make([][]Cell, len(t.Rows)), Bare: t.Bare}
	if stays {
		out.Columns[i] = Column{}
	} else {
		out.Columns = slices.Delete(out.Columns, i, i+1)
	}
	for n, row := range t.Rows {
		switch {
		case t.heading(row):
			out.Rows[n] = row
		case stays:
			out.Rows[n] = slices.Clone(row)
			out.Rows[n][i] = Text(row[i].Short)
		default:
			out.Rows[n] = slices.Delete(slices.Clone(row), i, i+1)
		}
	}
	return out
}

// squeeze takes what is too much from the columns that may be wrapped.
func (t Table) squeeze(widths []int, over int) []int {
	for i, c := range t.Columns {
		if c.Least > 0 && over > 0 {
			less := min(over, max(0, widths[i]-c.Least))
			widths[i] -= less
			over -= less
		}
	}
	return widths
}
