package transfer

import (
	"bytes"
	"errors"

	"github.com/tacit-vault/tacit/crypto"
	"github.com/tacit-vault/tacit/vault"
)

// ErrRefused is a change of a settings.json that is not the change of a value.
var ErrRefused = errors.New("not the change of a value")

// Settings is what a settings.json is apart from its secrets: its other members
// and their order. A program that is shown [Settings.Text] and writes the whole
// file again has changed what [Settings.Changes] tells.
type Settings struct {
	doc   *settings
	named []string
}

// ParseSettings parses a settings.json; nil stands for one as LivePerson's own
// tool makes it. The result points into file.
func ParseSettings(file []byte) (*Settings, error) {
	if file == nil {
		file = []byte(newSettings)
	}
	if err := checkText(file); err != nil {
		return nil, err
	}
	doc, err := parseSettings(bytes.TrimPrefix(file, []byte("\ufeff")))
	if err != nil {
		return nil, err
	}
	s := &Settings{doc: doc}
	for _, e := range doc.secrets {
		if e.key != "" {
			s.named = append(s.named, e.key)
		}
	}
	doc.secrets = nil
	return s, nil
}

// Named are the keys of the secrets that the file itself holds, in its order.
func (s *Settings) Named() []string { return s.named }

// Text is the file with these secrets, sorted by name, and no others, in the
// form that LivePerson's own client writes.
func (s *Settings) Text(items []Item) ([]byte, error) {
	var b bytes.Buffer
	err := s.doc.write(&b, items)
	return b.Bytes(), err
}

// Changes are the values that a program has given to secrets: it was shown Text
// of shown, and has written the file written. A value counts as changed where it
// is another one to JavaScript, and of a value that was changed, each number that
// to JavaScript is the one that was shown keeps the digits that it had.
//
// An error wraps ErrRefused where anything else was changed than the values of
// secrets: one was added or left out, has a member besides key and value, or
// another member of the file is not what it was.
func (s *Settings) Changes(shown []Item, written []byte) ([]Item, error) {
	after, err := s.parseWritten(written)
	if err != nil {
		return nil, err
	}
	before := make(map[string]vault.Value, len(shown))
	for _, item := range shown {
		before[item.Name] = item.Value
	}
	var changed []Item
	seen := make(map[string]bool, len(shown))
	for i, e := range after.secrets {
		if e.key == "" && string(e.value) == `""` || seen[e.key] {
			continue // as for a reader of the file
		}
		old, ok := before[e.key]
		switch {
		case !ok:
			return nil, fail(ErrRefused, e.line, "secrets[%d] adds %s: only values of secrets that there are can be changed here", i, printable(e.key))
		case len(e.members) != 2:
			return nil, fail(ErrRefused, e.line, "%s has members besides key and value, which the vault cannot keep", e.key)
		}
		seen[e.key] = true
		v, err := newValue(e, old)
		if err != nil {
			return nil, err
		}
		if v != nil {
			changed = append(changed, Item{Name: e.key, Value: *v, Line: e.line})
		}
	}
	for _, item := range shown {
		if !seen[item.Name] {
			return nil, fail(ErrRefused, 0, "%s is left out: only values can be changed here", item.Name)
		}
	}
	return changed, nil
}

// newValue is the value that the element gives to its secret, nil where it is
// the old one.
func newValue(e secret, old vault.Value) (*vault.Value, error) {
	oldRaw := old.JSONValue()
	defer clear(oldRaw)
	if bytes.Equal(inJavaScript(oldRaw), inJavaScript(e.value)) {
		return nil, nil
	}
	raw := keepDigits(oldRaw, e.value)
	v, err := vault.FromJSON(raw, old.Kind() == crypto.Bytes)
	if err == nil {
		err = v.Validate()
	}
	if err != nil {
		return nil, fail(ErrValue, e.line, "%s: %v", e.key, err)
	}
	return &v, nil
}

// parseWritten parses what was written, and holds what is no secret in it
// against what was shown.
func (s *Settings) parseWritten(written []byte) (*settings, error) {
	if err := checkText(written); err != nil {
		return nil, err
	}
	after, err := parseSettings(bytes.TrimPrefix(written, []byte("\ufeff")))
	if err != nil {
		return nil, err
	}
	if !bytes.Equal(s.doc.others(), after.others()) {
		return nil, fail(ErrRefused, 0, `something besides "secrets" was changed: only the values of secrets can be`)
	}
	return after, nil
}

// others is what is no secret in the file, as JavaScript has it.
func (doc *settings) others() []byte {
	var b bytes.Buffer
	b.WriteByte('{')
	for _, m := range doc.members {
		if m.value == nil {
			continue
		}
		comma(&b, b.Len()-1)
		b.Write(m.key)
		b.WriteByte(':')
		b.Write(m.value)
	}
	b.WriteByte('}')
	return inJavaScript(b.Bytes())
}
