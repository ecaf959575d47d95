package transfer

import (
	"bytes"
	"errors"
	"fmt"
	"strings"

	"github.com/tacit-vault/tacit/crypto"
)

// treeWriter writes values in a format that has strings, numbers, arrays and
// objects, but not all of JSON's.
type treeWriter struct {
	bytes.Buffer
	quote  func(string) string            // a string
	number func(literal string) error     // refuses what the format cannot hold
	null   string                         // "" where the format has none
	assign string                         // between a key and its value
	binary func(base64 []byte) (s string) // bytes
}

// value writes the value of the secret called name.
func (w *treeWriter) value(item Item) error {
	data := item.Value.Reveal()
	switch item.Value.Kind() {
	case crypto.Text:
		w.WriteString(w.quote(string(data)))
		return nil
	case crypto.Bytes:
		raw := item.Value.JSONValue() // {"$base64":"…"}
		w.WriteString(w.binary(raw[len(`{"$base64":"`) : len(raw)-len(`"}`)]))
		return nil
	}
	if err := w.tree(&scanner{data: data, line: 1}); err != nil {
		return fail(ErrUnwritable, 0, "%s: %v", item.Name, err)
	}
	return nil
}

// tree writes the next JSON value. Its errors name no part of it.
func (w *treeWriter) tree(s *scanner) error {
	switch s.next() {
	case '{':
		return w.object(s)
	case '[':
		w.WriteByte('[')
		err := s.array(func(i int) error {
			w.comma(i)
			return w.tree(s)
		})
		w.WriteByte(']')
		return err
	case '"':
		text, err := wholeText(s.value())
		w.WriteString(w.quote(text))
		return err
	case 'n':
		if w.null == "" {
			return errors.New("the format has no null")
		}
		s.value()
		w.WriteString(w.null)
		return nil
	case 't', 'f':
		w.Write(s.value())
		return nil
	}
	literal := string(s.value())
	w.WriteString(literal)
	return w.number(literal)
}

func (w *treeWriter) comma(i int) {
	if i > 0 {
		w.WriteString(", ")
	}
}

func (w *treeWriter) object(s *scanner) error {
	w.WriteByte('{')
	seen := map[string]bool{}
	err := s.object(func(raw []byte, _ int) error {
		w.comma(len(seen))
		key, err := wholeText(raw)
		if err != nil {
			return err
		}
		if seen[key] {
			return errors.New("the format has no key twice in one object")
		}
		seen[key] = true
		w.WriteString(w.quote(key) + w.assign)
		return w.tree(s)
	})
	w.WriteByte('}')
	return err
}

// wholeText is what a JSON string stands for, if that is text: half a surrogate
// pair is not.
func wholeText(raw []byte) (string, error) {
	s := text(raw)
	if strings.ContainsRune(s, '\ufffd') && strings.Count(s, "\ufffd") != bytes.Count(raw, []byte("\ufffd"))+escapedReplacement(raw) {
		return "", errors.New("half a surrogate pair in a string")
	}
	return s, nil
}

// escapedReplacement counts U+FFFD written as an escape.
func escapedReplacement(raw []byte) (n int) {
	for i := 0; i+6 <= len(raw); i++ {
		if raw[i] != '\\' {
			continue
		}
		if raw[i+1] == 'u' && strings.EqualFold(string(raw[i+2:i+6]), "fffd") {
			n++
		}
		i++
	}
	return n
}

// escaped is a string in double quotes, with the escapes that JSON, YAML and
// TOML have in common; nothing but text and spaces stands there as it is.
func escaped(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\r':
			b.WriteString(`\r`)
		case r == '\t':
			b.WriteString(`\t`)
		case r < ' ', 0x7f <= r && r < 0xa0, r == 0x2028, r == 0x2029, r == 0xfeff, r == 0xfffe, r == 0xffff:
			fmt.Fprintf(&b, `\u%04X`, r)
		default:
			b.WriteRune(r)
		}
	}
	b.WriteByte('"')
	return b.String()
}
