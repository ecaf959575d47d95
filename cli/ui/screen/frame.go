package screen

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/tacit-vault/tacit/cli/style"
	"github.com/tacit-vault/tacit/cli/ui/wire"
)

// Frame is what is drawn: as many lines as the screen has, none of them wider.
func (s *State) Frame() []style.Line {
	if s.columns < LeastColumns || s.rows < LeastRows {
		return s.fill([]style.Line{style.Words(fmt.Sprintf("%dx%d at least (now %dx%d)", LeastColumns, LeastRows, s.columns, s.rows))})
	}
	lines := []style.Line{s.head()}
	switch {
	case !s.begun, s.page == listPage && !s.list.known: // nothing is known yet, and nothing is said
	case s.page == listPage:
		lines = append(lines, searchLine(s, s.list.typed))
		lines = append(lines, listLines(s)...)
	case s.page == secretPage:
		lines = append(lines, nil)
		lines = append(lines, secretLines(s)...)
	case s.page == tablePage:
		lines = append(lines, tableSearch(s))
		lines = append(lines, tableLines(s)...)
	case s.page == helpPage:
		lines = append(lines, searchLine(s, s.helpTyped))
		lines = append(lines, helpLines(s)...)
	default:
		lines = append(lines, nil)
		lines = append(lines, placeLines(s)...)
	}
	lines = s.fill(lines)
	lines[s.rows-2] = s.status()
	lines[s.rows-1] = s.hints()
	return s.fill(lines)
}

// Blank is a frame in which nothing is to be seen: it is drawn before the screen is left.
// Its lines are not empty. To empty a screen at once moves it, on some terminals, to what
// can be scrolled back to.
func (s *State) Blank() []style.Line {
	lines := make([]style.Line, max(0, s.rows))
	for i := range lines {
		lines[i] = style.Words("\u00a0")
	}
	return lines
}

// fill makes the frame as high as the screen, and cuts what is too wide.
func (s *State) fill(lines []style.Line) []style.Line {
	for len(lines) < s.rows {
		lines = append(lines, nil)
	}
	lines = lines[:max(0, s.rows)]
	for i, line := range lines {
		lines[i] = fitLine(line, s.columns)
	}
	return lines
}

// fitLine cuts a line to so many cells. Nothing in it is obeyed by a terminal.
func fitLine(line style.Line, most int) style.Line {
	left := most
	for i, part := range line {
		text := clean(part.Text)
		if width := style.Width(text); width > left {
			text = cut(text, left)
			return append(line[:i:i], style.Span{Role: part.Role, Text: text})
		} else if left -= width; text != part.Text {
			line[i].Text = text
		}
	}
	return line
}

// head says where this is.
func (s *State) head() style.Line {
	left := " tacit  " + clean(s.place.Where)
	switch s.page {
	case secretPage:
		left += " › " + s.secret.Name
	case tablePage:
		if s.table.Of != "" {
			left += " › " + clean(s.table.Of)
		}
		left += " › " + s.table.View
	case helpPage:
		left += " › keys"
	}
	for _, right := range rights(s) {
		if room := s.columns - style.Width(right) - 3; room >= min(style.Width(left), max(16, s.columns/2)) {
			return style.Words(pad(middle(left, room), s.columns-style.Width(right)-1) + right)
		}
	}
	return style.Words(middle(left, s.columns-1))
}

// rights are what may stand at the right of the first line; the longest for which there
// is room does.
func rights(s *State) []string {
	lock := clean(s.place.Lock)
	if s.readOnly() != "" && s.place.State == wire.Listed {
		lock = strings.TrimPrefix(lock+", read-only", ", ")
	}
	brief, _, _ := strings.Cut(lock, ",")
	switch {
	case s.page == listPage && s.list.known:
		found, all := s.Found()
		of := fmt.Sprintf("%d of %d", found, all)
		return []string{lock + "  " + of + " names", brief + "  " + of + " names", of + " names", of}
	case s.page == tablePage:
		head := clean(s.table.Head)
		first, _, _ := strings.Cut(head, ",")
		return []string{head, first, ""}
	}
	return []string{lock, brief, ""}
}

// searchLine is what was typed, and how the list is narrowed besides.
func searchLine(s *State, typed string) style.Line {
	before := " search > "
	if s.columns < 50 {
		before = " > "
	}
	right := ""
	if s.page == listPage {
		if s.list.urgent {
			right = "expiring only"
		}
		if s.list.order != "" {
			right = strings.TrimPrefix(right+", by "+s.list.order, ", ")
		}
	}
	return searching(before, typed, right, s.columns)
}

// searching is what was typed between what stands before it and at the right.
func searching(before, typed, right string, columns int) style.Line {
	room := columns - len(before) - style.Width(right) - 3
	if len(typed) > room {
		typed = "…" + typed[len(typed)-max(0, room-1):]
	}
	line := before + typed + "_"
	if right == "" {
		return style.Words(line)
	}
	return style.Words(pad(line, columns-style.Width(right)-1) + right)
}

// status is the note, or the whole name of what is chosen.
func (s *State) status() style.Line {
	text := s.note.text
	switch {
	case s.command != nil:
		return style.Words(" :" + cut(*s.command, s.columns-4) + "_")
	case s.counting():
		text = strings.Replace(text, "%d", strconv.Itoa(int(s.note.until.Sub(s.now).Seconds()+0.999)), 1)
	case text != "":
	case s.page == listPage:
		if row := s.list.row(); row != nil {
			text = row.Name + "  " + content(row)
		}
	case s.page == tablePage:
		text = tableStatus(s)
	case s.page == helpPage:
		return style.Words(" " + cut(helpStatus(s), s.columns-2))
	}
	return style.Words(" " + middle(clean(text), s.columns-2))
}

// content says what a secret is.
func content(row *wire.Row) string {
	if row.Kind == gone {
		return "deleted"
	}
	return count(int(row.Size), "byte") + ", " + row.Kind
}

// hints are the keys that have one, as far as there is room, and "?".
func (s *State) hints() style.Line {
	const last = "?"
	text := ""
	for _, key := range s.Keys() {
		if key.Hint == "" || key.Verb.Writes() && s.readOnly() != "" {
			continue
		}
		next := text + " " + key.Shown() + " " + key.Hint + " "
		if style.Width(next)+len(last)+1 > s.columns {
			break
		}
		text = next
	}
	return style.Words(text + " " + last)
}

func number(n uint64) string { return strconv.FormatUint(n, 10) }
