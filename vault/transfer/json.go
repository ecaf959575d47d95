package transfer

import (
	"bytes"
	"encoding/json"
	"io"

	"github.com/tacit-vault/tacit/crypto"
	"github.com/tacit-vault/tacit/vault"
)

// ReadJSON reads an object. Each of its members is a secret: a string becomes
// text, {"$base64":"…"} bytes, anything else JSON without white space but
// otherwise as it stands.
//
// With flatten, objects that are not empty are no values: their members' names
// are joined with "_", at any depth. Arrays stay whole.
//
// Names are as they stand. One that is there twice, or that two paths flatten
// to, is an error.
func ReadJSON(r io.Reader, flatten bool) (Result, error) {
	data, err := readAll(r)
	if err != nil {
		return Result{}, err
	}
	defer clear(data)
	return readObject(data, flatten)
}

func readObject(data []byte, flatten bool) (Result, error) {
	s, err := newScanner(data)
	if err != nil {
		return Result{}, err
	}
	if s.next() != '{' {
		return Result{}, fail(ErrSyntax, s.lineHere(), "there must be an object at the top")
	}
	f := flattener{scanner: s, on: flatten}
	f.foreign = true
	if err := f.members("", ""); err != nil {
		return Result{}, err
	}
	return f.result, nil
}

type flattener struct {
	*scanner
	collector
	on bool
}

// members takes an object. Names in it begin with prefix, paths with path.
func (f *flattener) members(prefix, path string) error {
	return f.object(func(rawKey []byte, line int) error {
		key := text(rawKey)
		name := prefix + key
		if err := f.check(name, line); err != nil { // before it grows any longer
			return err
		}
		from := origin{path + key, line}
		if f.on && f.next() == '{' && !f.isLeaf() {
			return f.members(name+"_", from.path+".")
		}
		v, err := fromJSON(f.value(), name, line)
		if err != nil {
			return err
		}
		return f.add(name, v, from)
	})
}

// isLeaf tells whether the next value, an object, is empty or stands for bytes.
func (f *flattener) isLeaf() bool {
	ahead := *f.scanner
	ahead.pos++ // {
	switch ahead.next() {
	case '}':
		return true
	case '"':
		if !bytes.Equal(ahead.value(), []byte(`"$base64"`)) {
			return false
		}
	}
	ahead.pos = f.pos
	v, err := fromJSON(ahead.value(), "", 0)
	// Bad base64 is a leaf too: it is the error that has to be told.
	return err != nil || v.Kind() == crypto.Bytes
}

// writeStep is how many bytes are written at once, about.
const writeStep = 64 << 10

// WriteJSON writes one object, name to value in the order of items, a member a
// line. Text is a JSON string, JSON is itself, and bytes are {"$base64":"…"}.
func WriteJSON(w io.Writer, items []Item) error {
	var b bytes.Buffer
	defer func() { clear(b.Bytes()) }()
	b.WriteString("{")
	for i, item := range items {
		b.Write(vault.AppendMember(b.AvailableBuffer(), i == 0, item.Name, item.Value))
		if b.Len() < writeStep {
			continue
		}
		if _, err := w.Write(b.Bytes()); err != nil {
			return err
		}
		clear(b.Bytes())
		b.Reset()
	}
	if len(items) > 0 {
		b.WriteString("\n")
	}
	b.WriteString("}\n")
	_, err := w.Write(b.Bytes())
	return err
}

func quote(name string) []byte {
	q, _ := json.Marshal(name) // a string: cannot fail
	return q
}
