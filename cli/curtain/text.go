package curtain

import (
	"bytes"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"
)

// A Text is a scene of a value: all of it, in pages. It keeps no copy of the value.
type Text struct {
	Title string
	Value []byte

	numbered bool  // with the numbers of its lines
	dump     bool  // as bytes
	tops     []int // where the pages before this one began
	top      int   // where this one begins
	bottom   int   // and ends
}

var _ Scene = (*Text)(nil)

// Foot says which keys mean something.
func (t *Text) Foot(time.Time) (string, bool) {
	keys := []string{"l lines numbered", "w as bytes"}
	if t.bottom < len(t.Value) {
		keys = append(keys, "space more")
	}
	if len(t.tops) > 0 {
		keys = append(keys, "b back")
	}
	return strings.Join(keys, "    ") + "    ", false
}

// Press turns pages and changes how the value is shown.
func (t *Text) Press(key byte, rest string) bool {
	switch {
	case key == 'l' && rest == "":
		t.numbered, t.dump = !t.numbered, false
	case key == 'w' && rest == "":
		t.dump = !t.dump
	case key == ' ' || rest == "[6~" || rest == "[B" || rest == "OB":
		if t.bottom < len(t.Value) {
			t.tops, t.top = append(t.tops, t.top), t.bottom
		}
		return true
	case key == 'b' || rest == "[5~" || rest == "[A" || rest == "OA":
		if n := len(t.tops); n > 0 {
			t.tops, t.top = t.tops[:n-1], t.tops[n-1]
		}
		return true
	default:
		return false
	}
	t.top, t.tops = 0, nil
	return true
}

// Draw draws one page of the value.
func (t *Text) Draw(p *Page, _ time.Time) {
	p.Words(" " + t.Title)
	p.Next()
	rest := t.Value[t.top:]
	for line := 1 + bytes.Count(t.Value[:t.top], []byte("\n")); len(rest) > 0; {
		if p.Next(); p.Full() {
			break
		}
		p.Words("   ")
		if t.dump {
			rest = drawBytes(p, rest, len(t.Value)-len(rest))
			continue
		}
		before := len(t.Value) - len(rest)
		begins := before == 0 || t.Value[before-1] == '\n'
		switch {
		case t.numbered && begins:
			p.Words(fmt.Sprintf("%4d  ", line))
		case t.numbered:
			p.Words("      ")
		}
		rest = drawLine(p, rest)
		if taken := len(t.Value) - len(rest); t.Value[taken-1] == '\n' {
			line++
		}
	}
	t.bottom = len(t.Value) - len(rest)
}

// drawLine draws up to the end of a line, or as far as there is room, and returns what is
// left. It takes a character at least, so that drawing comes to an end.
func drawLine(p *Page, value []byte) (rest []byte) {
	for rest = value; len(rest) > 0; {
		if rest[0] == '\n' {
			return rest[1:]
		}
		n := p.Secret(rest)
		if n == 0 && len(rest) == len(value) {
			_, n = utf8.DecodeRune(rest) // there is room for nothing
		}
		if n == 0 {
			return rest
		}
		rest = rest[n:]
	}
	return rest
}

// drawBytes draws a row of bytes in hexadecimal digits, and returns what is left.
func drawBytes(p *Page, value []byte, offset int) (rest []byte) {
	p.Words(fmt.Sprintf("%06x ", offset))
	n := min(16, len(value))
	for _, b := range value[:n] {
		p.escaped(1, ' ', hex[b>>4], hex[b&15])
	}
	return value[n:]
}
