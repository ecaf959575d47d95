package screen

import (
	"fmt"
	"strings"
	"time"

	"github.com/tacit-vault/tacit/cli/style"
	"github.com/tacit-vault/tacit/cli/ui/wire"
)

// mask stands for a value, whatever its length.
const mask = "********"

// secretLines are one secret: what is known of it, and its versions.
func secretLines(s *State) []style.Line {
	if len(s.secret.Versions) == 0 {
		return nil
	}
	now := &s.secret.Versions[0]
	line := func(what, text string) style.Line { return style.Words(" " + pad(what, 10) + " " + clean(text)) }
	value := mask
	if now.Kind == gone {
		value = "deleted"
	}
	lines := []style.Line{
		line("value", value), line("kind", content(now)),
		line("version", fmt.Sprintf("%d, %d of %d kept, changed %s ago", now.Version, len(s.secret.Versions), s.secret.Kept, age(now.Changed, s.now))),
		expiryLine(s, now), line("labels", orNone(now.Labels)),
	}
	if text := elsewhere(&s.secret); text != "" {
		lines = append(lines, line("elsewhere", text))
	}
	lines = append(lines, nil)
	if s.rows < 16 { // the versions are what is moved through
		lines = lines[:2]
	}
	return append(lines, versionLines(s, s.body()-len(lines)-1)...)
}

// elsewhere says where the name also stands, and what keeps it in step; "" for nowhere.
func elsewhere(secret *wire.OneSecret) string {
	var said []string
	if len(secret.Envs) > 0 {
		said = append(said, "same name in "+strings.Join(secret.Envs, ", "))
	}
	if len(secret.Groups) > 0 {
		said = append(said, "kept in step by "+strings.Join(secret.Groups, ", "))
	}
	return strings.Join(said, "; ")
}

func orNone(text string) string {
	if text == "" {
		return "-"
	}
	return text
}

// expiryLine says when it expires; a badge where it has.
func expiryLine(s *State, row *wire.Row) style.Line {
	line := style.Words(" " + pad("expires", 10) + " ")
	left := time.Unix(row.Expires, 0).Sub(s.now)
	on := time.Unix(row.Expires, 0).UTC().Format(time.DateOnly)
	switch {
	case row.Expires == 0:
		return line.Then("-")
	case left <= 0:
		return append(line, style.Badge(style.Wrong, "EXPIRED"), style.Span{Text: " " + span(-left) + " ago (" + on + ")"})
	case urgent(row.Expires, s.now):
		return append(line, style.Span{Role: style.Look, Text: "in " + span(left) + " !"}, style.Span{Text: " (" + on + ")"})
	}
	return line.Then("in " + span(left) + " (" + on + ")")
}

// versionLines are the versions, in a table of so many rows, around the chosen one.
func versionLines(s *State, height int) []style.Line {
	columns := []column{
		{"CHANGED", 8, false, func(r *wire.Row) string { return age(r.Changed, s.now) }},
		{"SIZE", 8, true, func(r *wire.Row) string { return orSize(r) }},
		{"EXPIRES", 14, false, func(r *wire.Row) string { return expiry(r.Expires, s.now) }},
		{"LABELS", max(0, s.columns-54), false, func(r *wire.Row) string { return orNone(r.Labels) }},
	}
	for len(columns) > 1 && s.columns < 16+width(columns) {
		columns = columns[:len(columns)-1]
	}
	const name = 12
	titles := "   " + pad("HISTORY", name)
	for _, c := range columns {
		titles += "  " + c.cell(c.title)
	}
	lines := []style.Line{style.In(style.Strong, strings.TrimRight(titles, " "))}
	top := max(0, min(s.version-height/2, len(s.secret.Versions)-height))
	for i := top; i < min(len(s.secret.Versions), top+height); i++ {
		row := &s.secret.Versions[i]
		lines = append(lines, s.row(&wire.Row{
			Name: number(row.Version) + said(i, row), Version: row.Version, Changed: row.Changed, Expires: row.Expires, Labels: row.Labels, Size: row.Size, Kind: row.Kind,
		}, i == s.version, columns, name))
	}
	return lines
}

func width(columns []column) (n int) {
	for _, c := range columns {
		n += gap + c.width
	}
	return n
}

// said is what a version is, besides its number.
func said(i int, row *wire.Row) string {
	switch {
	case row.Kind == gone:
		return " deleted"
	case i == 0:
		return " current"
	}
	return ""
}

func orSize(row *wire.Row) string {
	if row.Kind == gone {
		return "-"
	}
	return fmt.Sprint(row.Size)
}
