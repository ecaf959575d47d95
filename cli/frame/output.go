package frame

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/tacit-vault/tacit/cli/failure"
	"github.com/tacit-vault/tacit/cli/style"
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
	marks := StyleOf(s, s.Err)
	fmt.Fprintf(s.talk(), "%s %s\n", marks.Paint(style.Failing, "tacit:"), failure.Printable(f.Message))
	if f.Detail != "" {
		fmt.Fprintf(s.talk(), "  %s\n", failure.Printable(f.Detail))
	}
	if hint != "" {
		fmt.Fprintf(s.talk(), "  %s %s\n", marks.Paint(style.Strong, "try:"), failure.Pasteable(hint))
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
	message := failure.Said(format, args...)
	if s.JSON {
		s.ErrJSON("warning", message, "", remedy.Remedy{})
		return
	}
	fmt.Fprintf(s.talk(), "%s warning: %s\n", StyleOf(s, s.Err).Paint(style.Failing, "tacit:"), message)
}

// Say tells what the user has to know and a script may want to log.
func (s *Session) Say(format string, args ...any) {
	message := failure.Said(format, args...)
	if s.JSON {
		s.ErrJSON("note", message, "", remedy.Remedy{})
		return
	}
	fmt.Fprintf(s.talk(), "tacit: %s\n", message)
}

// Note tells somebody at a terminal what was done.
func (s *Session) Note(format string, args ...any) {
	if !s.JSON && terminal.IsTerminal(s.Err) {
		fmt.Fprintf(s.talk(), "%s\n", failure.Said(format, args...))
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

// Lines writes rows with tabs between their cells, for programs.
func (s *Session) Lines(rows [][]string) {
	for _, row := range rows {
		s.Results.WriteString(strings.Join(row, "\t"))
		s.Results.WriteByte('\n')
	}
}

// Flush writes out what was printed, before what it came from is wiped.
func (s *Session) Flush() error {
	s.Settle()
	if err := s.Results.Flush(); err != nil {
		return failure.OutputError(err)
	}
	return nil
}
