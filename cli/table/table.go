package table

import (
	"bufio"
	"strings"

	"github.com/tacit-vault/tacit/cli/style"
)

// A Column is one of a table's.
type Column struct {
	Title string
	Right bool // aligned to the right, as numbers are
	Falls int  // the lowest falls first where there is no room; 0: it stays
	Least int  // it may be wrapped to so many cells; 0: it is not wrapped
}

// A Cell is a line in a column.
type Cell struct {
	style.Line
	Short string // what stays of it where its column has fallen
}

// Text is a cell that is not marked.
func Text(text string) Cell { return Cell{Line: style.Words(text)} }

// A Table has a cell for each column in each row. A row of one cell, in a table of more,
// is a heading: it takes the whole line.
type Table struct {
	Columns []Column
	Rows    [][]Cell
	Bare    bool // without the titles
}

// gap is between two columns, in cells.
const gap = 2

// Write writes the table for a stream of a style, which is so many cells wide; 0 is no
// limit.
func (t Table) Write(w *bufio.Writer, s style.Style, width int) {
	t, widths := t.fit(width)
	if !t.Bare {
		titles := make([]Cell, len(t.Columns))
		for i, c := range t.Columns {
			titles[i] = Cell{Line: style.In(style.Strong, c.Title)}
		}
		t.writeRow(w, s, widths, titles)
	}
	for _, row := range t.Rows {
		if t.heading(row) {
			for _, part := range wrap(row[0].Line, width) {
				w.WriteString(part.Paint(s))
				w.WriteByte('\n')
			}
			continue
		}
		t.writeRow(w, s, widths, row)
	}
}

func (t Table) heading(row []Cell) bool { return len(row) == 1 && len(t.Columns) > 1 }

// writeRow writes one row, in as many lines as its longest cell is wrapped to.
func (t Table) writeRow(w *bufio.Writer, s style.Style, widths []int, row []Cell) {
	parts, lines := make([][]style.Line, len(row)), 1
	for i, cell := range row {
		parts[i] = wrap(cell.Line, widths[i])
		lines = max(lines, len(parts[i]))
	}
	for n := range lines {
		blank := 0 // spaces that are written once something follows
		for i := range row {
			var part style.Line
			if n < len(parts[i]) {
				part = parts[i][n]
			}
			padding := widths[i] - part.Width()
			if t.Columns[i].Right {
				blank, padding = blank+padding, 0
			}
			if text := part.Paint(s); text != "" {
				w.WriteString(strings.Repeat(" ", blank))
				w.WriteString(text)
				blank = 0
			}
			blank += padding + gap
		}
		w.WriteByte('\n')
	}
}
