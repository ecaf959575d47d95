package frame

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/tacit-vault/tacit/cli/failure"
	"github.com/tacit-vault/tacit/cli/terminal"
	"github.com/tacit-vault/tacit/vault/remedy"
)

// The rules of the terminal:
//
// Results go to out, everything else to Err; nothing but results ever goes to
// out. With --json a result is one object or array on one line, and so is each
// error and warning on Err. An error takes three lines at most: what failed on
// what; why; what would help. Notes ("stored DB_URL") are for people: they
// appear on a terminal only, and never under --json. No value is written to
// Err, ever. What came from outside is stripped of control characters.

// Report writes what went wrong to Err and returns the exit code.
func (s *Session) Report(err error) int {
	if err == nil {
		return failure.ExitOK
	}
	if status, ok := err.(failure.ExitStatus); ok {
		return int(status)
	}
	f := spokenOf(s, failure.Explain(err))
	hint := hintOf(s, f)
	if s.JSON {
		message := f.Message
		if f.Detail != "" {
			message += ": " + f.Detail
		}
		s.ErrJSON(f.Code, message, hint, f.Remedy)
		return f.Exit
	}
	fmt.Fprintf(s.talk(), "tacit: %s\n", failure.Printable(f.Message))
	if f.Detail != "" {
		fmt.Fprintf(s.talk(), "  %s\n", failure.Printable(f.Detail))
	}
	if hint != "" {
		fmt.Fprintf(s.talk(), "  try: %s\n", failure.Pasteable(hint))
	}
	return f.Exit
}

// ErrJSON writes an error or a warning as an object.
func (s *Session) ErrJSON(code, message, hint string, way remedy.Remedy) {
	encode(s.talk(), struct {
		Code    string        `json:"code"`
		Message string        `json:"message"`
		Hint    string        `json:"hint"`
		Remedy  remedy.Remedy `json:"remedy,omitzero"`
	}{code, strings.ToValidUTF8(message, "?"), strings.ToValidUTF8(hint, "?"), way})
}

// Warn tells of something that does not stop the work.
func (s *Session) Warn(format string, args ...any) {
	message := failure.Pasteable(fmt.Sprintf(format, args...))
	if s.JSON {
		s.ErrJSON("warning", message, "", remedy.Remedy{})
		return
	}
	fmt.Fprintf(s.talk(), "tacit: warning: %s\n", message)
}

// Say tells what the user has to know and a script may want to log.
func (s *Session) Say(format string, args ...any) {
	message := failure.Pasteable(fmt.Sprintf(format, args...))
	if s.JSON {
		s.ErrJSON("note", message, "", remedy.Remedy{})
		return
	}
	fmt.Fprintf(s.talk(), "tacit: %s\n", message)
}

// Note tells somebody at a terminal what was done.
func (s *Session) Note(format string, args ...any) {
	if !s.JSON && terminal.IsTerminal(s.Err) {
		fmt.Fprintf(s.talk(), "%s\n", failure.Pasteable(fmt.Sprintf(format, args...)))
	}
}

// WriteJSON writes a result as JSON.
func (s *Session) WriteJSON(v any) (err error) {
	if s.Changed != "" {
		if v, err = naming(v, s.Changed); err != nil {
			return err
		}
	}
	return encode(s.Results, v)
}

// encode leaves <, > and & as they are.
func encode(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	return e.Encode(v)
}

// Table writes rows under a header, columns padded to their widest cell.
func (s *Session) Table(header []string, rows [][]string) {
	width := make([]int, len(header))
	all := append([][]string{header}, rows...)
	for _, row := range all {
		for i, cell := range row {
			width[i] = max(width[i], len(cell))
		}
	}
	for _, row := range all {
		for i, cell := range row {
			if i == len(row)-1 {
				s.Results.WriteString(cell)
				break
			}
			fmt.Fprintf(s.Results, "%-*s  ", width[i], cell)
		}
		s.Results.WriteByte('\n')
	}
}

// Lines writes rows with tabs between their cells, for programs.
func (s *Session) Lines(rows [][]string) {
	for _, row := range rows {
		s.Results.WriteString(strings.Join(row, "\t"))
		s.Results.WriteByte('\n')
	}
}

// Rows writes a table on a terminal, and else lines without the header.
func (s *Session) Rows(header []string, rows [][]string) {
	if terminal.IsTerminal(s.Out) {
		if len(rows) > 0 {
			s.Table(header, rows)
		}
		return
	}
	s.Lines(rows)
}

// Flush writes out what was printed, before what it came from is wiped.
func (s *Session) Flush() error {
	s.Settle()
	if err := s.Results.Flush(); err != nil {
		return failure.OutputError(err)
	}
	return nil
}
