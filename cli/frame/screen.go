package frame

import (
	"fmt"
	"io"
	"time"

	"github.com/tacit-vault/tacit/cli/failure"
	"github.com/tacit-vault/tacit/cli/style"
	"github.com/tacit-vault/tacit/cli/table"
	"github.com/tacit-vault/tacit/cli/terminal"
	"github.com/tacit-vault/tacit/vault"
	"github.com/tacit-vault/tacit/vault/shown"
)

// StyleOf is what a stream of the session is shown. A program that asked for JSON gets no
// marks.
func StyleOf(s *Session, stream io.Writer) style.Style {
	if s.JSON {
		return style.None
	}
	return style.For(s.Color, s.Env, terminal.IsTerminal(stream))
}

// PrintTable writes a table to Out, as wide as that is.
func PrintTable(s *Session, t table.Table) {
	t.Write(s.Results, StyleOf(s, s.Out), terminal.Width(s.Out))
}

// PrintLine writes a line with its marks to Out.
func PrintLine(s *Session, l style.Line) {
	s.Results.WriteString(l.Paint(StyleOf(s, s.Out)))
	s.Results.WriteByte('\n')
}

// PrintRows writes a table on a terminal, and else lines without the titles.
func PrintRows(s *Session, columns []table.Column, rows [][]string) {
	if !terminal.IsTerminal(s.Out) {
		s.Lines(rows)
		return
	}
	if len(rows) == 0 {
		return
	}
	t := table.Table{Columns: columns, Rows: make([][]table.Cell, len(rows))}
	for i, row := range rows {
		for _, cell := range row {
			t.Rows[i] = append(t.Rows[i], table.Text(cell))
		}
	}
	PrintTable(s, t)
}

// Span is a time ahead for people, to the minute.
func Span(d time.Duration) string {
	if d < time.Minute {
		return fmt.Sprintf("%dm", int(d.Minutes()))
	}
	return shown.Span(d)
}

// checkColor refuses what --color does not take.
func (s *Session) checkColor() error {
	switch s.Color {
	case "", style.Auto, style.Always, style.Never:
		return nil
	}
	return failure.Usage("--color takes auto, always or never, not %s", failure.Printable(s.Color)).Hinted("--color never")
}

// CountDue counts what has expired, and what will within 30 days.
func CountDue(infos []vault.Info, now time.Time) (expired, due int) {
	for _, in := range infos {
		switch left := in.Expires.Sub(now); {
		case in.Expires.IsZero() || in.Deleted:
		case left <= 0:
			expired++
		case left <= 30*24*time.Hour:
			due++
		}
	}
	return expired, due
}
