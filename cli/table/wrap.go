package table

import (
	"strings"

	"github.com/tacit-vault/tacit/cli/style"
)

// breaks are the characters behind which a line is wrapped, where there is one behind
// its first third.
const breaks = " ,_-/"

// wrap is the line in parts of at most so many cells; 0 is no limit.
func wrap(l style.Line, most int) (parts []style.Line) {
	if most <= 0 || l.Width() <= most {
		return []style.Line{l}
	}
	for rest := l; len(rest) > 0; {
		var part style.Line
		part, rest = split(rest, most)
		parts = append(parts, part)
	}
	return parts
}

// split is the first part of a line, of at most so many cells, and the rest.
func split(l style.Line, most int) (part, rest style.Line) {
	text := l.String()
	head, tail := style.Cut(text, most)
	if at := strings.LastIndexAny(head, breaks) + 1; tail != "" && at > len(head)/3 {
		head = head[:at]
	}
	n := len(head) // bytes of the first part
	for i, span := range l {
		if len(span.Text) <= n {
			part, n = append(part, span), n-len(span.Text)
			continue
		}
		if n > 0 {
			part = append(part, style.Span{Role: span.Role, Text: span.Text[:n]})
		}
		rest = append(rest, style.Span{Role: span.Role, Text: span.Text[n:]})
		return part, append(rest, l[i+1:]...)
	}
	return part, nil
}
