package transfer

import (
	"bytes"
	"io"
	"slices"
)

// record is an object of JSON: its members as they stand, in order. The zero
// record, which null gives too, has none.
type record struct {
	names  []string
	values map[string][]byte
}

// readExport reads a whole export that is one object, and returns its bytes, for
// the caller to wipe: the record lies in them.
func readExport(r io.Reader) (data []byte, export record, err error) {
	if data, err = readAll(r); err != nil {
		return nil, record{}, err
	}
	s, err := newScanner(data)
	if err == nil {
		s.next()
		export, err = readRecord(s.value(), "the export", 1)
	}
	if err != nil {
		clear(data)
		return nil, record{}, err
	}
	return data, export, nil
}

// readRecord takes an object, null, or nothing; what names it in an error. raw
// has been checked, as part of the whole.
func readRecord(raw []byte, what string, line int) (record, error) {
	r := record{values: map[string][]byte{}}
	s := &scanner{data: raw}
	switch s.next() {
	case 0, 'n':
		return r, nil
	case '{':
	default:
		return r, fail(ErrSyntax, line, "%s must be an object", what)
	}
	err := s.object(func(key []byte, _ int) error {
		name := text(key)
		if _, twice := r.values[name]; twice {
			return fail(ErrDuplicate, line, "%s has %s twice", what, printable(name))
		}
		r.names = append(r.names, name)
		r.values[name] = s.value()
		return nil
	})
	return r, err
}

// list is a member that is an array, null or not there: its elements as they
// stand, and at most so many.
func (r record) list(name string, most, line int) ([][]byte, error) {
	s := &scanner{data: r.values[name]}
	switch s.next() {
	case 0, 'n':
		return nil, nil
	case '[':
	default:
		return nil, fail(ErrSyntax, line, "%q must be an array", name)
	}
	var elements [][]byte
	err := s.array(func(int) error {
		if len(elements) == most {
			return fail(ErrLimit, line, "%q has more than %d elements", name, most)
		}
		elements = append(elements, s.value())
		return nil
	})
	return elements, err
}

// text is a member that is a string; "" for null, anything else, and nothing.
// It is for names and kinds, never for values: see [entry.setJSON].
func (r record) text(name string) string {
	if raw := r.values[name]; bytes.HasPrefix(raw, []byte(`"`)) {
		return text(raw)
	}
	return ""
}

// isSet tells whether a member is there and holds anything.
func (r record) isSet(name string) bool {
	raw, ok := r.values[name]
	return ok && !slices.Contains([]string{"null", "false", `""`, "[]", "{}"}, string(raw))
}

// lines tells on which lines parts of data begin, in one pass over it.
type lines struct {
	data []byte
	pos  int // how far newlines have been counted
	line int // of them, from 0
}

// at is the line of a slice of data that lies after those asked for before.
func (l *lines) at(part []byte) int {
	start := cap(l.data) - cap(part)
	l.line += bytes.Count(l.data[l.pos:start], []byte("\n"))
	l.pos = start
	return l.line + 1
}
