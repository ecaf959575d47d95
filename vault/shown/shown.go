// Package shown makes text from anywhere fit for one line of a terminal: a hostile
// name, path or file cannot write to the screen what it wants.
package shown

import (
	"strings"
	"unicode/utf8"
)

// Line is s with a question mark for each character that a terminal obeys or hides:
// controls, directions of writing, characters without width, bytes that are no
// UTF-8. After the byte most it is cut off, and ends with "…".
func Line(s string, most int) string {
	var b strings.Builder
	for i, r := range s {
		switch {
		case i >= most:
			b.WriteString("…")
			return b.String()
		case r < ' ' || r == 0x7f || r >= 0x80 && r < 0xa0 || r == utf8.RuneError,
			r >= 0x200b && r <= 0x200f, r >= 0x2028 && r <= 0x202e, r >= 0x2066 && r <= 0x2069:
			b.WriteByte('?')
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// Quoted is Line in quotes, so that one sees where s begins and ends.
func Quoted(s string, most int) string { return `"` + Line(s, most) + `"` }
