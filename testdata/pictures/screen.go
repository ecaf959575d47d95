package main

import (
	"fmt"
	"strings"
)

// The size of the terminal.
const (
	rows    = 24
	columns = 80
)

// A screen is what a terminal shows: lines of cells.
type screen struct{ lines [][]cell }

// A cell is a character and its role, one of those in roles.
type cell struct {
	text rune
	role string
}

// roles are the ways in which tacit marks words, by what it sends. It has no others.
var roles = map[string]string{
	"0": "", "1": "strong", "4": "matched", "7": "chosen", "1;31": "alarm", "37;41": "wrong", "30;43": "look",
}

// write puts what a program has sent to its terminal on new lines. What moves the cursor,
// is wider than a cell or goes over the edge is an error: it could not be drawn.
func (s *screen) write(sent string) error {
	role, line := "", []cell{}
	for sent != "" {
		if rest, ok := strings.CutPrefix(sent, "\r\n"); ok {
			s.lines, line, sent = append(s.lines, line), []cell{}, rest
			continue
		}
		if rest, ok := strings.CutPrefix(sent, "\x1b["); ok {
			code, rest, ok := strings.Cut(rest, "m")
			if role, ok = roles[code]; !ok {
				return fmt.Errorf("it sends %q, which no picture can show", "\x1b["+code)
			}
			sent = rest
			continue
		}
		for _, r := range sent {
			if r < ' ' || r == 0x7f || r >= 0x1100 && (r < 0x2010 || r > 0x22ff) {
				return fmt.Errorf("it sends %q, which is no character of one cell", r)
			}
			line = append(line, cell{r, role})
			sent = sent[len(string(r)):]
			break
		}
		if len(line) > columns {
			return fmt.Errorf("a line has more than %d characters: %q", columns, text(line))
		}
	}
	if len(line) > 0 {
		s.lines = append(s.lines, line)
	}
	if len(s.lines) > rows {
		return fmt.Errorf("there are more than %d lines", rows)
	}
	return nil
}

// text is what cells say.
func text(cells []cell) string {
	var b strings.Builder
	for _, c := range cells {
		b.WriteRune(c.text)
	}
	return b.String()
}
