package screen

import (
	"strings"

	"github.com/tacit-vault/tacit/cli/style"
	"github.com/tacit-vault/tacit/cli/ui/wire"
)

// A column is one of the list's, besides the name.
type column struct {
	title string
	width int
	right bool
	text  func(*wire.Row) string
}

const (
	margin   = 3 // before each row: the cursor
	gap      = 2 // between columns
	leastOwn = 8 // of the labels
)

// columnsOf are those that some row has, and for which there is room beside names of a
// width, and the width of the names. They fall in the order labels, version, change, expiry.
func columnsOf(s *State, names int) (shown []column, name int) {
	changed := func(r *wire.Row) string { return age(r.Changed, s.now) }
	expires := func(r *wire.Row) string { return expiry(r.Expires, s.now) }
	all := []column{
		{"VER", 4, true, func(r *wire.Row) string { return number(r.Version) }},
		{"CHANGED", 7, false, changed},
		{"EXPIRES", 14, false, expires},
		{"LABELS", leastOwn, false, func(r *wire.Row) string { return r.Labels }},
	}
	if !s.list.expires {
		all = without(all, "EXPIRES")
	}
	if !s.list.labels {
		all = without(all, "LABELS")
	}
	most := max(20, s.columns*2/5) // one long name does not take the columns of all
	name = max(4, min(names, most))
	for _, falls := range []string{"", "LABELS", "VER", "CHANGED", "EXPIRES"} {
		all = without(all, falls)
		left := s.columns - margin - name - 1 - width(all)
		if len(all) == 0 {
			left -= gap + 1 // for "!"
		}
		if left < 0 && len(all) > 0 {
			continue
		}
		if has(all, "LABELS") {
			all[len(all)-1].width += left
		} else {
			name += max(min(left, names-name), min(left, 0))
		}
		break
	}
	return all, name
}

func without(columns []column, title string) (rest []column) {
	for _, c := range columns {
		if c.title != title {
			rest = append(rest, c)
		}
	}
	return rest
}

// listLines are the titles and the rows that are on the screen.
func listLines(s *State) []style.Line {
	hits := s.list.hits()
	if len(hits) == 0 {
		return nothing(s)
	}
	columns, name := columnsOf(s, s.list.widest)
	titles := strings.Repeat(" ", margin) + pad("NAME", name)
	for _, c := range columns {
		titles += strings.Repeat(" ", gap) + c.cell(c.title)
	}
	lines := []style.Line{style.In(style.Strong, strings.TrimRight(titles, " "))}
	for i := s.list.top; i < min(len(hits), s.list.top+s.body()-1); i++ {
		lines = append(lines, s.row(&s.list.rows[hits[i]], i == s.list.chosen, columns, name))
	}
	return lines
}

// row is a secret in the list. Only the chosen name is in reverse: fewer cells change.
func (s *State) row(row *wire.Row, chosen bool, columns []column, name int) style.Line {
	shown := middle(clean(row.Name), name)
	rest := strings.Repeat(" ", max(0, name-style.Width(shown)))
	for _, c := range columns {
		rest += strings.Repeat(" ", gap) + c.cell(clean(c.text(row)))
	}
	if !has(columns, "EXPIRES") && urgent(row.Expires, s.now) {
		rest = pad(rest, s.columns-margin-style.Width(shown)-2) + "!"
	}
	rest = strings.TrimRight(rest, " ")
	if !chosen {
		return style.Words(strings.Repeat(" ", margin) + shown + rest)
	}
	return style.Line{{Text: " "}, {Role: style.Chosen, Text: "> " + shown}, {Text: rest}}
}

func has(columns []column, title string) bool {
	for _, c := range columns {
		if c.title == title {
			return true
		}
	}
	return false
}

// cell is a text in the column's width.
func (c column) cell(text string) string {
	if text = cut(text, c.width); c.right {
		return padLeft(text, c.width)
	}
	return pad(text, c.width)
}

// nothing is said where no name is to be shown.
func nothing(s *State) []style.Line {
	switch {
	case len(s.list.rows) == 0 && s.readOnly() != "":
		return sentences(s.columns, "No secrets yet.")
	case len(s.list.rows) == 0:
		return sentences(s.columns, "No secrets yet.  Type a name, then + stores one", "tacit import takes those of other tools")
	case s.list.typed == "":
		return sentences(s.columns, "Nothing expires within seven days.  ! shows all")
	}
	says := []string{`No name has "` + s.list.typed + `".  Esc clears it`}
	if near := s.list.nearest(); near != "" {
		says = append(says, "Nearest: "+near)
	}
	return sentences(s.columns, says...)
}

// sentences are what is said in place of rows, wrapped.
func sentences(columns int, says ...string) []style.Line {
	lines := []style.Line{nil}
	for _, text := range says {
		whole := []string{text}
		if style.Width(clean(text)) > columns-2 {
			whole = strings.Split(text, "  ")
		}
		for _, one := range whole {
			for _, part := range wrapped(clean(one), columns-2) {
				lines = append(lines, style.Words(" "+part))
			}
		}
	}
	return lines
}
