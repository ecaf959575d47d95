package cli

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"

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

// report writes what went wrong to Err and returns the exit code.
func (s *session) report(err error) int {
	if err == nil {
		return exitOK
	}
	if status, ok := err.(exitStatus); ok {
		return int(status)
	}
	f := s.spokenOf(explain(err))
	hint := s.hintOf(f)
	if s.json {
		message := f.message
		if f.detail != "" {
			message += ": " + f.detail
		}
		s.errJSON(f.code, message, hint, f.remedy)
		return f.exit
	}
	fmt.Fprintf(s.Err, "tacit: %s\n", printable(f.message))
	if f.detail != "" {
		fmt.Fprintf(s.Err, "  %s\n", printable(f.detail))
	}
	if hint != "" {
		fmt.Fprintf(s.Err, "  try: %s\n", pasteable(hint))
	}
	return f.exit
}

// errJSON writes an error or a warning as an object.
func (s *session) errJSON(code, message, hint string, way remedy.Remedy) {
	encode(s.Err, struct {
		Code    string        `json:"code"`
		Message string        `json:"message"`
		Hint    string        `json:"hint"`
		Remedy  remedy.Remedy `json:"remedy,omitzero"`
	}{code, strings.ToValidUTF8(message, "?"), strings.ToValidUTF8(hint, "?"), way})
}

// warn tells of something that does not stop the work.
func (s *session) warn(format string, args ...any) {
	message := pasteable(fmt.Sprintf(format, args...))
	if s.json {
		s.errJSON("warning", message, "", remedy.Remedy{})
		return
	}
	fmt.Fprintf(s.Err, "tacit: warning: %s\n", message)
}

// say tells what the user has to know and a script may want to log.
func (s *session) say(format string, args ...any) {
	message := pasteable(fmt.Sprintf(format, args...))
	if s.json {
		s.errJSON("note", message, "", remedy.Remedy{})
		return
	}
	fmt.Fprintf(s.Err, "tacit: %s\n", message)
}

// note tells somebody at a terminal what was done.
func (s *session) note(format string, args ...any) {
	if !s.json && isTerminal(s.Err) {
		fmt.Fprintf(s.Err, "%s\n", pasteable(fmt.Sprintf(format, args...)))
	}
}

// writeJSON writes a result as JSON.
func (s *session) writeJSON(v any) (err error) {
	if s.changed != "" {
		if v, err = naming(v, s.changed); err != nil {
			return err
		}
	}
	return encode(s.out, v)
}

// encode leaves <, > and & as they are.
func encode(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	return e.Encode(v)
}

// table writes rows under a header, columns padded to their widest cell.
func (s *session) table(header []string, rows [][]string) {
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
				s.out.WriteString(cell)
				break
			}
			fmt.Fprintf(s.out, "%-*s  ", width[i], cell)
		}
		s.out.WriteByte('\n')
	}
}

// lines writes rows with tabs between their cells, for programs.
func (s *session) lines(rows [][]string) {
	for _, row := range rows {
		s.out.WriteString(strings.Join(row, "\t"))
		s.out.WriteByte('\n')
	}
}

// rows writes a table on a terminal, and else lines without the header.
func (s *session) rows(header []string, rows [][]string) {
	if isTerminal(s.Out) {
		if len(rows) > 0 {
			s.table(header, rows)
		}
		return
	}
	s.lines(rows)
}

// flush writes out what was printed, before what it came from is wiped.
func (s *session) flush() error {
	if err := s.out.Flush(); err != nil {
		return outputError(err)
	}
	return nil
}
