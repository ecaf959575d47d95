package secrets

import (
	"time"

	"github.com/tacit-vault/tacit/cli/frame"
	"github.com/tacit-vault/tacit/cli/style"
	"github.com/tacit-vault/tacit/cli/table"
)

// soon is how long before its end something is marked.
const soon = 7 * 24 * time.Hour

// dueCell is the cell of when something expires, for people: "-" for never. What has expired,
// or will within seven days, keeps a "!" where the column falls.
func dueCell(s *frame.Session, expires time.Time) table.Cell {
	left := expires.Sub(s.Now())
	switch {
	case expires.IsZero():
		return table.Text("-")
	case left <= 0:
		l := style.Line{style.Badge(style.Wrong, "EXPIRED")}
		return table.Cell{Line: l.Then(" " + s.Age(expires) + " ago"), Short: "!"}
	case left <= soon:
		l := style.Words("in " + frame.Span(left) + " ")
		return table.Cell{Line: append(l, style.Span{Role: style.Look, Text: "!"}), Short: "!"}
	}
	return table.Text("in " + frame.Span(left))
}
