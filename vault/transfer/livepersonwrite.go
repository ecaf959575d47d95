package transfer

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/tacit-vault/tacit/vault"
)

// newSettings is what LivePerson's own tool puts into a new project, but for
// its element with an empty key.
const newSettings = `{"secrets":[],"whitelist":["*.liveperson.com"]}`

// WriteLivePerson writes a settings.json, four spaces deep and without a
// newline at its end, as LivePerson's own client does. Values are native JSON
// with the digits that they have; bytes are {"$base64":"…"}.
//
// With onto, the bytes of such a file, its order and everything else in it are
// kept: an element whose key is in items gets that value, one whose key is not
// is left out, and so is each that repeats a key; the template's element with an
// empty key stays. Items that are not in it follow, sorted by name. A key in it
// that no secret can have is an error, because it cannot have come from a vault
// and would be lost. With onto nil, there is nothing but items, sorted, and the
// default whitelist.
func WriteLivePerson(w io.Writer, items []Item, onto []byte) error {
	if onto == nil {
		onto = []byte(newSettings)
	}
	if err := checkText(onto); err != nil {
		return err
	}
	doc, err := parseSettings(bytes.TrimPrefix(onto, []byte("\ufeff")))
	if err != nil {
		return err
	}
	return doc.write(w, items)
}

// write writes the file with these secrets.
func (doc *settings) write(w io.Writer, items []Item) error {
	var compact, out bytes.Buffer
	defer func() { clear(compact.Bytes()); clear(out.Bytes()) }()
	compact.WriteByte('{')
	for i, m := range doc.members {
		comma(&compact, i)
		compact.Write(m.key)
		compact.WriteByte(':')
		compact.Write(m.value)
		if m.value != nil {
			continue
		}
		if err := doc.writeSecrets(&compact, items); err != nil {
			return err
		}
	}
	compact.WriteByte('}')
	if err := json.Indent(&out, compact.Bytes(), "", "    "); err != nil {
		return fmt.Errorf("writing settings: %w", ErrSyntax) // its text would quote a character
	}
	_, err := w.Write(out.Bytes())
	return err
}

func comma(b *bytes.Buffer, i int) {
	if i > 0 {
		b.WriteByte(',')
	}
}

func (doc *settings) writeSecrets(b *bytes.Buffer, items []Item) error {
	left := make(map[string]vault.Value, len(items))
	for _, item := range items {
		left[item.Name] = item.Value
	}
	b.WriteByte('[')
	n := 0
	for _, e := range doc.secrets {
		if e.key == "" {
			comma(b, n)
			e.write(b, e.value)
			n++
			continue
		}
		if err := checkName(e.key, e.line); err != nil {
			return err
		}
		v, ok := left[e.key]
		if !ok {
			continue
		}
		delete(left, e.key)
		comma(b, n)
		e.write(b, v.JSONValue())
		n++
	}
	added := slices.DeleteFunc(slices.Clone(items), func(i Item) bool { _, ok := left[i.Name]; return !ok })
	slices.SortFunc(added, func(a, b Item) int { return strings.Compare(a.Name, b.Name) })
	for _, item := range added {
		comma(b, n)
		fmt.Fprintf(b, `{"key":%s,"value":%s}`, quote(item.Name), item.Value.JSONValue())
		n++
	}
	b.WriteByte(']')
	return nil
}

// write writes the element with another value, all else as it was.
func (e secret) write(b *bytes.Buffer, value []byte) {
	b.WriteByte('{')
	for i, m := range e.members {
		comma(b, i)
		b.Write(m.key)
		b.WriteByte(':')
		if text(m.key) == "value" {
			b.Write(value)
			continue
		}
		b.Write(m.value)
	}
	b.WriteByte('}')
}
