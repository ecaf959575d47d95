package screen

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/tacit-vault/tacit/cli/style"
	"github.com/tacit-vault/tacit/cli/ui/wire"
)

// A part is a column of a table that is on the screen.
type part struct{ at, width int }

// leastPart is how much of a wide column is shown.
const leastPart = 8

// parts are the columns beside the first, as many as there is room for, and the width of
// the first.
func (s *State) parts() (name int, shown []part) {
	t := &s.table
	widths := t.widths
	if len(widths) == 0 {
		return 0, nil
	}
	name = min(widths[0], max(12, s.columns*2/5))
	left := s.columns - margin - name - 1
	for at := 1 + t.left; at < len(widths); at++ {
		width := min(widths[at], left-gap)
		if width < widths[at] && (width < leastPart || len(shown) > 0 && at < len(widths)-1) {
			break
		}
		shown = append(shown, part{at, width})
		left -= gap + width
	}
	return name, shown
}

// measured are the widths of the columns, and which of them hold numbers alone.
func measured(t *wire.Table) (widths []int, numbers []bool) {
	widths, numbers = make([]int, len(t.Titles)), make([]bool, len(t.Titles))
	for i, title := range t.Titles {
		widths[i] = style.Width(clean(title))
		numbers[i] = i > 0 && len(t.Rows) > 0
	}
	for _, row := range t.Rows {
		for i := range min(len(widths), len(row.Cells)) {
			widths[i] = max(widths[i], style.Width(clean(row.Cells[i])))
			numbers[i] = numbers[i] && isNumber(row.Cells[i])
		}
	}
	return widths, numbers
}

// isNumber tells whether a cell says how many of something there are, or that there is none.
func isNumber(cell string) bool {
	return cell == "-" || cell != "" && strings.Trim(cell, "0123456789") == ""
}

// tableLines are another view.
func tableLines(s *State) []style.Line {
	t := &s.table
	hits := t.list.hits()
	if len(hits) == 0 {
		return t.nothing(s.columns)
	}
	name, parts := s.parts()
	lines := []style.Line{style.In(style.Strong, strings.TrimRight(strings.Repeat(" ", margin)+t.line(t.Titles, name, parts), " "))}
	height := s.tableRows()
	for i := t.list.top; i < min(len(hits), t.list.top+height); i++ {
		text := t.line(t.Rows[hits[i]].Cells, name, parts)
		if i == t.list.chosen {
			lines = append(lines, style.Line{{Text: " "}, {Role: style.Chosen, Text: "> "}, {Text: text}})
			continue
		}
		lines = append(lines, style.Words(strings.Repeat(" ", margin)+text))
	}
	if s.details() > 0 {
		lines = append(lines, make([]style.Line, max(0, 2+height-len(lines)))...)
		row := t.Rows[hits[t.list.chosen]].Cells
		for i, part := range wrapped(clean(row[min(len(row), len(t.Titles))-1]), s.columns-2) {
			if i < s.details()-1 {
				lines = append(lines, style.Words(" "+part))
			}
		}
	}
	return lines
}

// details is how many lines below the rows say the chosen one in whole: its last column is
// sentences there.
func (s *State) details() int {
	if s.table.View != wire.Health || s.rows < 12 {
		return 0
	}
	return 3
}

// tableRows is how many rows of a table there are on the screen.
func (s *State) tableRows() int { return max(1, s.body()-1-s.details()) }

// line is a row of cells.
func (t *table) line(cells []string, name int, parts []part) string {
	if len(cells) == 0 {
		return ""
	}
	text := pad(middle(clean(cells[0]), name), name)
	for _, p := range parts {
		cell := ""
		if p.at < len(cells) {
			cell = clean(cells[p.at])
		}
		if cell = cut(cell, p.width); t.numbers[p.at] {
			cell = padLeft(cell, p.width)
		}
		text += strings.Repeat(" ", gap) + pad(cell, p.width)
	}
	return strings.TrimRight(text, " ")
}

// nothing is said where there is no row.
func (t *table) nothing(columns int) []style.Line {
	says := []string{"Nothing is there."}
	switch {
	case t.list.typed != "":
		says[0] = `Nothing has "` + t.list.typed + `".  Esc clears it`
	case t.only:
		says[0] = "Nothing wants attention.  ! shows all"
	case len(t.None) > 0:
		says = t.None
	}
	return sentences(columns, says...)
}

// tableSearch is what was typed, where there is a search, and what is on the screen of more.
func tableSearch(s *State) style.Line {
	if !s.table.searched() {
		return nil
	}
	before, least := " search > ", 12
	if s.columns < 50 {
		before = " > "
	}
	for _, right := range besides(s) {
		if len(before)+least+style.Width(right) <= s.columns {
			return searching(before, s.table.list.typed, right, s.columns)
		}
	}
	return searching(before, s.table.list.typed, "", s.columns)
}

// besides are what may stand at the right of a table's search.
func besides(s *State) []string {
	var said []string
	if s.table.only {
		said = append(said, s.table.onlyWhat())
	}
	if s.table.Side != "" {
		said = append(said, clean(s.table.Side))
	}
	if s.table.Base != "" {
		said = append(said, "compared with "+clean(s.table.Base))
	}
	columns := ""
	if _, parts := s.parts(); len(parts) < len(s.table.Titles)-1 && len(parts) > 0 {
		columns = strconv.Itoa(parts[0].at)
		if last := parts[len(parts)-1].at; last != parts[0].at {
			columns += "-" + strconv.Itoa(last)
		}
		columns += fmt.Sprintf(" of %d", len(s.table.Titles)-1)
		said = append(said, columns)
	}
	return []string{strings.Join(said, ", "), columns}
}

// onlyWhat is what is shown where not all is.
func (t *table) onlyWhat() string {
	if t.View == wire.Members {
		return "only behind"
	}
	return "only different"
}

// sideways moves the columns beside the name.
func (s *State) sideways(by int) Action {
	if by > 0 {
		if _, parts := s.parts(); len(parts) == 0 || parts[len(parts)-1].at >= len(s.table.Titles)-1 {
			return Action{}
		}
	}
	s.table.left = max(0, s.table.left+by)
	return Action{}
}

// tableStatus is the whole name of the chosen row, and what else is said of it.
func tableStatus(s *State) string {
	row := s.table.row()
	if row == nil {
		return ""
	}
	said := row.Cells[min(len(row.Cells), len(s.table.Titles)):]
	if s.table.View == wire.Places {
		said = row.Cells[min(2, len(row.Cells)):] // the folder, which may be long
	}
	if s.table.searched() {
		said = slices.Concat(row.Cells[:min(1, len(row.Cells))], said)
	}
	return strings.Join(said, "  ")
}

// viewsHere are the views besides the list.
func (s *State) viewsHere() []string {
	if len(s.place.Views) == 0 {
		return []string{wire.Health}
	}
	return s.place.Views
}

// beyond is the view before or after the one that is shown; "" is the list.
func (s *State) beyond(by int) string {
	views, at := s.viewsHere(), -1
	switch {
	case s.asked.view != "":
		at = slices.Index(views, within(s.asked.view))
	case s.page == tablePage:
		at = slices.Index(views, within(s.table.View))
	}
	if at += by; at < -1 {
		at = len(views) - 1
	}
	if at < 0 || at >= len(views) {
		return ""
	}
	return views[at]
}

// goBeyond goes there.
func (s *State) goBeyond(by int) Action {
	view := s.beyond(by)
	if view == "" {
		return s.back()
	}
	return s.lookAt(viewing(view))
}

// lookAt goes to a view, which comes as an answer.
func (s *State) lookAt(q wire.Request) Action {
	s.say("looking at the " + q.Name)
	s.note.passing = true
	s.asked.view = q.Name
	s.asked.many++
	return Action{Request: q}
}

// viewing asks for a view.
func viewing(view string) wire.Request { return wire.Request{Verb: wire.View, Name: view} }

// within is the view that another one belongs to.
func within(view string) string {
	if view == wire.Members {
		return wire.Groups
	}
	return view
}
