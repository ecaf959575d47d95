package transfer

import (
	"bytes"
	"encoding/json"
	"errors"
)

// scanner walks over JSON and hands out the bytes of its tokens as they stand,
// so that digits, escapes and order are never touched. encoding/json has
// checked the whole text before: the scanner itself checks nothing.
type scanner struct {
	data []byte
	pos  int
	line int // of counted
	// counted is how far newlines have been counted.
	counted int
}

// newScanner refuses what is not one JSON value, or nests too deep.
func newScanner(data []byte) (*scanner, error) {
	if line := tooDeep(data); line > 0 {
		return nil, fail(ErrLimit, line, "nested deeper than %d", maxDepth)
	}
	var whole json.RawMessage
	if err := json.Unmarshal(data, &whole); err != nil {
		var syntax *json.SyntaxError
		if errors.As(err, &syntax) { // its text would quote a character
			before := data[:max(0, min(int(syntax.Offset)-1, len(data)))]
			column := len(before) - bytes.LastIndexByte(before, '\n')
			return nil, fail(ErrSyntax, 1+bytes.Count(before, []byte("\n")), "not JSON, from column %d on", column)
		}
		return nil, fail(ErrSyntax, 0, "not JSON")
	}
	clear(whole) // a copy
	return &scanner{data: data, line: 1}, nil
}

// tooDeep is the line where data nests deeper than it may, 0 if it does not.
func tooDeep(data []byte) int {
	depth, inString := 0, false
	for i := 0; i < len(data); i++ {
		switch c := data[i]; {
		case inString && c == '\\':
			i++
		case c == '"':
			inString = !inString
		case inString:
		case c == '{' || c == '[':
			if depth++; depth > maxDepth {
				return 1 + bytes.Count(data[:i], []byte("\n"))
			}
		case c == '}' || c == ']':
			depth--
		}
	}
	return 0
}

// next is the first byte of the next token, 0 at the end.
func (s *scanner) next() byte {
	for ; s.pos < len(s.data); s.pos++ {
		switch c := s.data[s.pos]; c {
		case ' ', '\t', '\r', '\n':
		default:
			return c
		}
	}
	return 0
}

// lineHere is the line of the next token.
func (s *scanner) lineHere() int {
	s.next()
	s.line += bytes.Count(s.data[s.counted:s.pos], []byte("\n"))
	s.counted = s.pos
	return s.line
}

// value takes the next value, whole.
func (s *scanner) value() []byte {
	first := s.next()
	start := s.pos
	switch first {
	case '"':
		s.skipString()
	case '{', '[':
		s.skipNested()
	default:
		for s.pos < len(s.data) && bytes.IndexByte([]byte(" \t\r\n,]}"), s.data[s.pos]) < 0 {
			s.pos++
		}
	}
	return s.data[start:s.pos]
}

func (s *scanner) skipString() {
	for s.pos++; s.pos < len(s.data); s.pos++ {
		switch s.data[s.pos] {
		case '\\':
			s.pos++
		case '"':
			s.pos++
			return
		}
	}
}

func (s *scanner) skipNested() {
	depth := 0
	for s.pos < len(s.data) {
		switch s.data[s.pos] {
		case '"':
			s.skipString()
			continue
		case '{', '[':
			depth++
		case '}', ']':
			depth--
		}
		s.pos++
		if depth == 0 {
			return
		}
	}
}

// object takes the next value, an object. For each member it calls fn, which
// has to take the member's value.
func (s *scanner) object(fn func(key []byte, line int) error) error {
	s.next()
	s.pos++ // {
	for {
		switch s.next() {
		case '}':
			s.pos++
			return nil
		case ',':
			s.pos++
			continue
		}
		line := s.lineHere()
		key := s.value()
		s.next()
		s.pos++ // :
		if err := fn(key, line); err != nil {
			return err
		}
	}
}

// array takes the next value, an array. For each element it calls fn, which
// has to take the element.
func (s *scanner) array(fn func(index int) error) error {
	s.next()
	s.pos++ // [
	for i := 0; ; {
		switch s.next() {
		case ']':
			s.pos++
			return nil
		case ',':
			s.pos++
			continue
		}
		if err := fn(i); err != nil {
			return err
		}
		i++
	}
}

// text is what a JSON string stands for. Half a surrogate pair becomes U+FFFD,
// which no name has.
func text(raw []byte) string {
	var s string
	_ = json.Unmarshal(raw, &s) // checked before, as part of the whole
	return s
}
