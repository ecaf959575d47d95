package transfer

import (
	"bytes"
	"errors"
	"io"
	"strings"

	"github.com/pelletier/go-toml/v2"
	"github.com/pelletier/go-toml/v2/unstable"
)

// maxLines is how many keys and tables a TOML file may have: the library's check
// for those that are there twice takes a time that grows with the square.
const maxLines = 100_000

// ReadTOML reads a file's top table as [ReadJSON] reads an object. Booleans, and
// numbers that JSON has, are themselves, with their digits; dates and other
// numbers (0x1F, 1_000, inf) are text as they stand. At most 8 MiB, and 100,000
// keys and tables.
func ReadTOML(r io.Reader, flatten bool) (Result, error) {
	data, err := readAll(r)
	if err != nil {
		return Result{}, err
	}
	defer clear(data)
	top, err := parseTOML(data)
	if err != nil {
		return Result{}, err
	}
	b := jsonText{line: 1}
	defer func() { clear(b.Bytes()) }()
	if err := top.write(&b); err != nil {
		return Result{}, err
	}
	return readObject(b.Bytes(), flatten)
}

// tomlValue is a value, in the order and with the digits of the file: a table,
// an array, or a scalar.
type tomlValue struct {
	kind  unstable.Kind // Table, Array, or that of the scalar
	text  string        // of a scalar
	line  int
	keys  []string
	table map[string]*tomlValue
	array []*tomlValue
}

func newTOMLTable(line int) *tomlValue {
	return &tomlValue{kind: unstable.Table, line: line, table: map[string]*tomlValue{}}
}

// parseTOML builds the tree, and has the library check what the tree does not:
// it decodes to maps, which know neither order nor digits.
func parseTOML(data []byte) (top *tomlValue, err error) {
	defer func() {
		if recover() != nil { // a mistake of the library's
			top, err = nil, fail(ErrSyntax, 0, "not TOML")
		}
	}()
	if err := checkConfig(data); err != nil {
		return nil, err
	}
	if line := nestedTOML(string(data)); line > 0 {
		return nil, fail(ErrLimit, line, "nested deeper than %d", maxDepth)
	}
	t := tomlTree{top: newTOMLTable(1)}
	t.table = t.top
	t.Reset(data)
	for n := 0; t.NextExpression(); n++ {
		if n == maxLines {
			return nil, fail(ErrLimit, 0, "more than %d keys and tables", maxLines)
		}
		if err := t.expression(t.Expression()); err != nil {
			return nil, err
		}
	}
	var checked map[string]any
	if err := toml.Unmarshal(data, &checked); err != nil {
		var decode *toml.DecodeError
		line := 0
		if errors.As(err, &decode) { // its text quotes the file
			line, _ = decode.Position()
		}
		return nil, fail(ErrSyntax, line, "not TOML: %s", tomlReason(err.Error()))
	}
	return t.top, nil
}

// nestedTOML is the line where arrays and inline tables nest deeper than they
// may, 0 if they do not. Where the file is no TOML, it may be wrong.
func nestedTOML(s string) int {
	depth, line := 0, 1
	for i := 0; i < len(s); i++ {
		switch c := s[i]; c {
		case '\n':
			line++
		case '#':
			if end := strings.IndexByte(s[i:], '\n'); end >= 0 {
				i += end - 1
			} else {
				i = len(s)
			}
		case '"', '\'':
			n := stringTOML(s[i:])
			line += strings.Count(s[i:i+n], "\n")
			i += n - 1
		case '[', '{':
			if depth++; depth > maxDepth {
				return line
			}
		case ']', '}':
			depth--
		}
	}
	return 0
}

// stringTOML is the length of the string that s begins with.
func stringTOML(s string) int {
	quote := s[:1]
	if long := strings.Repeat(quote, 3); strings.HasPrefix(s, long) {
		quote = long
	}
	for i := len(quote); i < len(s); i++ {
		switch {
		case s[i] == '\\' && quote[0] == '"':
			i++
		case strings.HasPrefix(s[i:], quote):
			return i + len(quote)
		case s[i] == '\n' && len(quote) == 1:
			return i
		}
	}
	return len(s)
}

// tomlTree builds the tree, expression by expression.
type tomlTree struct {
	unstable.Parser
	top, table *tomlValue

	counted, lines int // newlines before this offset
}

// lineOf is the line of an offset. Offsets seldom go back.
func (t *tomlTree) lineOf(offset int) int {
	if offset < t.counted {
		t.counted, t.lines = 0, 0
	}
	t.lines += bytes.Count(t.Data()[t.counted:offset], []byte("\n"))
	t.counted = offset
	return 1 + t.lines
}

func (t *tomlTree) expression(n *unstable.Node) error {
	switch n.Kind {
	case unstable.Table, unstable.ArrayTable:
		path, line, err := t.path(n.Key())
		if err != nil {
			return err
		}
		t.table, err = t.header(path, line, n.Kind == unstable.ArrayTable)
		return err
	case unstable.KeyValue:
		return t.keyValue(t.table, n)
	}
	return nil
}

func (t *tomlTree) path(keys unstable.Iterator) (path []string, line int, err error) {
	for keys.Next() {
		if line == 0 {
			line = t.lineOf(int(keys.Node().Raw.Offset))
		}
		path = append(path, string(keys.Node().Data))
		if len(path) > maxDepth {
			return nil, 0, fail(ErrLimit, line, "nested deeper than %d", maxDepth)
		}
	}
	return path, line, nil
}

// header goes to the table of a [header], or adds one to a [[header]].
func (t *tomlTree) header(path []string, line int, array bool) (*tomlValue, error) {
	at, err := walkTOML(t.top, path[:len(path)-1], line)
	if err != nil {
		return nil, err
	}
	last := path[len(path)-1]
	if !array {
		return walkTOML(at, []string{last}, line)
	}
	list := at.table[last]
	if list == nil {
		list = &tomlValue{kind: unstable.Array, line: line}
		at.put(last, list)
	}
	if list.kind != unstable.Array {
		return nil, duplicateTOML(last, list.line, line)
	}
	list.array = append(list.array, newTOMLTable(line))
	return list.array[len(list.array)-1], nil
}

// walkTOML goes down a path of tables, or of the last of tables in an array, and
// makes those that are not there.
func walkTOML(at *tomlValue, path []string, line int) (*tomlValue, error) {
	for _, key := range path {
		next := at.table[key]
		switch {
		case next == nil:
			next = newTOMLTable(line)
			at.put(key, next)
		case next.kind == unstable.Array && len(next.array) > 0 && next.array[len(next.array)-1].kind == unstable.Table:
			next = next.array[len(next.array)-1]
		case next.kind != unstable.Table:
			return nil, duplicateTOML(key, next.line, line)
		}
		at = next
	}
	return at, nil
}

func duplicateTOML(key string, first, second int) error {
	return fail(ErrDuplicate, second, "%s is there twice, first in line %d", bare(key), first)
}

func (v *tomlValue) put(key string, value *tomlValue) {
	v.keys = append(v.keys, key)
	v.table[key] = value
}

func (t *tomlTree) keyValue(table *tomlValue, n *unstable.Node) error {
	path, line, err := t.path(n.Key())
	if err != nil {
		return err
	}
	if table, err = walkTOML(table, path[:len(path)-1], line); err != nil {
		return err
	}
	key := path[len(path)-1]
	if first := table.table[key]; first != nil {
		return duplicateTOML(key, first.line, line)
	}
	value, err := t.value(n.Value(), line)
	table.put(key, value)
	return err
}

func (t *tomlTree) value(n *unstable.Node, line int) (*tomlValue, error) {
	switch n.Kind {
	case unstable.Array:
		v := &tomlValue{kind: n.Kind, line: line}
		for items := n.Children(); items.Next(); {
			if items.Node().Kind == unstable.Comment {
				continue
			}
			item, err := t.value(items.Node(), line)
			if err != nil {
				return nil, err
			}
			v.array = append(v.array, item)
		}
		return v, nil
	case unstable.InlineTable:
		v := newTOMLTable(line)
		for members := n.Children(); members.Next(); {
			if members.Node().Kind == unstable.Comment {
				continue
			}
			if err := t.keyValue(v, members.Node()); err != nil {
				return nil, err
			}
		}
		return v, nil
	}
	return &tomlValue{kind: n.Kind, text: string(n.Data), line: line}, nil
}

// write writes the value as JSON.
func (v *tomlValue) write(b *jsonText) error {
	switch v.kind {
	case unstable.Table:
		b.WriteByte('{')
		for i, key := range v.keys {
			comma(&b.Buffer, i)
			b.toLine(v.table[key].line)
			if err := b.string(key, v.line); err != nil {
				return err
			}
			b.WriteByte(':')
			if err := v.table[key].write(b); err != nil {
				return err
			}
		}
		b.WriteByte('}')
		return nil
	case unstable.Array:
		b.WriteByte('[')
		for i, item := range v.array {
			comma(&b.Buffer, i)
			if err := item.write(b); err != nil {
				return err
			}
		}
		b.WriteByte(']')
		return nil
	case unstable.Bool:
		b.WriteString(v.text)
		return nil
	case unstable.Integer, unstable.Float:
		return b.number(v.text, v.line)
	}
	return b.string(v.text, v.line)
}
