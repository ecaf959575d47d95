package run

import (
	"bytes"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

// match is the length of the longest that b begins with and that is to be hidden.
// More tells that b may be the beginning of one, and that only what follows will
// tell.
func (m *masks) match(b []byte) (n int, more bool) {
	if len(b) == 1 {
		return 0, b[0] == '\\' || m.heads[string(b)] || value64[b[0]] != 0xff && m.heads["64"+alphabet64[value64[b[0]]:value64[b[0]]+1]]
	}
	if !m.pairs[int(b[0])<<8|int(b[1])] {
		return 0, false
	}
	n, more = m.matchText(b)
	n64, more64 := m.match64(b)
	return max(n, n64), more || more64
}

// matchText looks for texts as they are, and as JSON escapes them.
func (m *masks) matchText(b []byte) (n int, more bool) {
	if len(b) < maskShort {
		more = m.heads[string(b)]
	} else {
		for _, text := range m.texts[[maskShort]byte(b)] {
			if bytes.HasPrefix(b, text) {
				n = max(n, len(text))
			} else {
				more = more || bytes.HasPrefix(text, b)
			}
		}
	}
	var head [maskShort]byte
	got, short := 0, false
	for at := 0; got < maskShort && !short; {
		piece, used := unescape(b[at:])
		short = used == 0
		got += copy(head[got:], piece)
		at += used
	}
	if short {
		return n, more || got == 0 || m.heads[string(head[:got])]
	}
	for _, text := range m.texts[head] {
		escaped, open := escapedPrefix(b, text)
		n, more = max(n, escaped), more || open
	}
	return n, more
}

// escapedPrefix is how much of b is a text as JSON escapes it, 0 if none. Open
// tells that b ends before that is clear.
func escapedPrefix(b, text []byte) (n int, open bool) {
	for at := 0; ; {
		if len(text) == 0 {
			return at, false
		}
		piece, used := unescape(b[at:])
		if used == 0 {
			return 0, true
		}
		common := min(len(piece), len(text))
		if !bytes.Equal(piece[:common], text[:common]) || common < len(piece) {
			return 0, false
		}
		at, text = at+used, text[common:]
	}
}

var shortEscapes = [256]string{'"': `"`, '\\': `\`, '/': "/", 'b': "\b", 'f': "\f", 'n': "\n", 'r': "\r", 't': "\t"}

// unescape is what the first of b stands for in JSON, and how long it is: 0 where
// b ends within it.
func unescape(b []byte) (piece []byte, used int) {
	switch {
	case len(b) == 0:
		return nil, 0
	case b[0] != '\\':
		return b[:1], 1
	case len(b) == 1:
		return nil, 0
	case b[1] != 'u':
		if s := shortEscapes[b[1]]; s != "" {
			return []byte(s), 2
		}
		return b[:1], 1
	}
	r, used := unit(b)
	if used == 6 && utf16.IsSurrogate(r) {
		low, more := unit(b[6:])
		if more == 0 {
			return nil, 0
		}
		if pair := utf16.DecodeRune(r, low); more == 6 && pair != utf8.RuneError {
			return utf8.AppendRune(nil, pair), 12
		}
	}
	if used == 6 {
		return utf8.AppendRune(nil, r), 6
	}
	if used == 0 {
		return nil, 0
	}
	return b[:1], 1
}

// unit reads \uXXXX: 6 bytes, 1 where there is none, 0 where b ends within it.
func unit(b []byte) (r rune, used int) {
	const length = 6
	for i, c := range b[:min(len(b), length)] {
		hex := c >= '0' && c <= '9' || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F'
		if i == 0 && c != '\\' || i == 1 && c != 'u' || i > 1 && !hex {
			return 0, 1
		}
	}
	if len(b) < length {
		return 0, 0
	}
	n, _ := strconv.ParseUint(string(b[2:length]), 16, 16) // it is hexadecimal
	return rune(n), length
}

// match64 looks for base64, in either alphabet, over wrapped lines.
func (m *masks) match64(b []byte) (n int, more bool) {
	var head [maskShort]byte
	at := 0
	for got := range head {
		c, used := next64(b[at:], got > 0)
		if used == 0 {
			return 0, got > 0 && m.heads["64"+string(head[:got])]
		}
		if c == 0xff {
			return 0, false
		}
		head[got] = alphabet64[c]
		at += used
	}
	for _, one := range m.base64s[head] {
		length, open := one.prefix(b, at)
		n, more = max(n, length), more || open
	}
	return n, more
}

// prefix is how much of b is the mask, whose head ends at a place.
func (one mask64) prefix(b []byte, at int) (n int, open bool) {
	for _, want := range one.chars[maskShort:] {
		c, used := next64(b[at:], true)
		if used == 0 {
			return 0, true
		}
		if c == 0xff || alphabet64[c] != want {
			return 0, false
		}
		at += used
	}
	if one.bits == 0 {
		return at, false
	}
	c, used := next64(b[at:], true)
	if used == 0 {
		return at, true
	}
	if c == 0xff || c>>(6-one.bits) != one.tail {
		return at, false
	}
	at += used
	for range 2 {
		if at == len(b) {
			return at, true
		}
		if b[at] != '=' {
			break
		}
		at++
	}
	return at, false
}

// next64 is the next character of base64, 0xff if there is none, and how long it
// is with the end of a line before it, as it stands in a file or in JSON, and a
// few spaces that begin the next: 0 where b ends before that is clear.
func next64(b []byte, wrapped bool) (c byte, used int) {
	const indent = 64
	if len(b) > 0 && value64[b[0]] != 0xff {
		return value64[b[0]], 1
	}
	if wrapped {
		for _, end := range []string{"\r", "\n", `\r`, `\n`} {
			if len(b) < len(end) && len(b) > 0 && b[0] == end[0] {
				return 0, 0
			}
			if bytes.HasPrefix(b[used:], []byte(end)) {
				used += len(end)
			}
		}
		for spaces := 0; used > 0 && spaces < indent && used < len(b) && (b[used] == ' ' || b[used] == '\t'); spaces++ {
			used++
		}
	}
	if used >= len(b) {
		return 0, 0
	}
	return value64[b[used]], used + 1
}
