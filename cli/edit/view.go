package edit

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"unicode/utf8"

	"github.com/tacit-vault/tacit/cli/failure"
	"github.com/tacit-vault/tacit/cli/terminal"
	"github.com/tacit-vault/tacit/cli/textform"
	"github.com/tacit-vault/tacit/vault"
	"github.com/tacit-vault/tacit/vault/transfer"
)

// A view is how secrets look in an editor, and what an edited text means.
type view interface {
	file() string // the file's name, by which editors choose their mode
	text() ([]byte, error)
	// edits takes an edited text apart. An error is one of the text, by its line.
	edits(text []byte) ([]edit, error)
	// kept is what of a text is to be kept, where it cannot be stored, so that left
	// is the command that stores it.
	kept(text []byte) []byte
	left(path string) (command string)
}

// An edit is what is to become of one secret.
type edit struct {
	name  string
	did   string      // added, changed or removed
	value vault.Value // not where it is removed
}

// What an edit can do.
const (
	added   = "added"
	changed = "changed"
	removed = "removed"
)

// single is one secret, as it is.
type single struct {
	name  string
	kind  vault.Kind
	there bool   // there is such a secret
	was   []byte // its value
	empty bool   // store an empty value
	force bool   // it is stored without a change, too
}

var _ view = (*single)(nil)

// newSingle refuses what no editor can show.
func newSingle(name string, secret vault.Secret, there bool) (*single, error) {
	if !there {
		return &single{name: name, kind: vault.KindText}, nil
	}
	was := secret.Value.Reveal()
	if !utf8.Valid(was) || bytes.IndexByte(was, 0) >= 0 {
		return nil, failure.Fault(vault.InvalidValue, "edit %s: the value is no text", name).
			Hinted("{tacit get %s} | some-command | {tacit set %s --as bytes --file -}", name, name)
	}
	return &single{name: name, kind: secret.Value.Kind(), there: true, was: was}, nil
}

func (v *single) file() string {
	if v.kind == vault.KindJSON {
		return v.name + ".json"
	}
	return v.name
}

// text is the value; JSON is laid out, which changes nothing of it.
func (v *single) text() ([]byte, error) {
	if v.kind != vault.KindJSON {
		return bytes.Clone(v.was), nil
	}
	var b bytes.Buffer
	if err := json.Indent(&b, v.was, "", "  "); err != nil {
		return nil, err
	}
	b.WriteByte('\n')
	return b.Bytes(), nil
}

func (v *single) edits(text []byte) ([]edit, error) {
	value, err := v.value(text)
	if err != nil {
		return nil, err
	}
	switch {
	case bytes.Equal(v.was, value.Reveal()) && !(v.force && v.there): // and nothing, where there was nothing
		return nil, nil
	case !v.there:
		return []edit{{v.name, added, value}}, nil
	case len(value.Reveal()) == 0 && !v.empty:
		return nil, failure.Fault(vault.InvalidValue, "edit %s: the file is empty", v.name).
			Hinted("{tacit rm %s} deletes it; {tacit edit %s --allow-empty} stores an empty value", v.name, v.name)
	}
	return []edit{{v.name, changed, value}}, nil
}

// value makes a value of the kind that there was.
func (v *single) value(text []byte) (vault.Value, error) {
	if v.kind == vault.KindJSON {
		text = bytes.TrimPrefix(text, []byte(terminal.ByteOrder))
		if len(bytes.TrimSpace(text)) == 0 {
			return vault.Text(""), nil
		}
		value, err := vault.JSON(text)
		if err != nil {
			line, syntax := lineOfJSON(text)
			if syntax {
				return value, failure.Fault(vault.InvalidValue, "edit %s: line %d: not JSON", v.name, line)
			}
			return value, failure.Fault(vault.InvalidValue, "edit %s: line %d: %v", v.name, line, err)
		}
		return value, nil
	}
	text = v.withoutAdded(text)
	if v.kind == vault.KindBytes {
		return vault.Bytes(text), nil
	}
	if !utf8.Valid(text) {
		return vault.Value{}, failure.Fault(vault.InvalidValue, "edit %s: line %d is not UTF-8", v.name, lineOfNonText(text))
	}
	return vault.TextOf(text), nil
}

// withoutAdded takes off what editors add by themselves, where the value had
// none: CRs and a byte order mark, and the newline at the end of a file.
func (v *single) withoutAdded(text []byte) []byte {
	text = asSaved(v.was, text)
	if bytes.HasSuffix(v.was, []byte("\n")) {
		return text
	}
	cut, found := bytes.CutSuffix(text, []byte("\n"))
	if found {
		cut = bytes.TrimSuffix(cut, []byte("\r")) // an end of line is LF or CRLF
	}
	return cut
}

// asSaved is a text as it would be of an editor that leaves alone what was: which
// lines end with LF, it saves all with CRLF, or a mark before the first. Where
// there was no line, nobody knows what was meant, and CRs stay.
func asSaved(was, text []byte) []byte {
	if !bytes.HasPrefix(was, []byte(terminal.ByteOrder)) {
		text = bytes.TrimPrefix(text, []byte(terminal.ByteOrder))
	}
	lines := bytes.Count(text, []byte("\n"))
	if bytes.IndexByte(was, '\n') >= 0 && bytes.IndexByte(was, '\r') < 0 && bytes.Count(text, []byte("\r\n")) == lines {
		return bytes.ReplaceAll(text, []byte("\r\n"), []byte("\n"))
	}
	return text
}

func (v *single) kept(text []byte) []byte {
	if v.kind == vault.KindJSON {
		return text
	}
	return v.withoutAdded(text)
}

func (v *single) left(path string) string {
	command := "tacit set " + v.name + " --file " + path
	if v.kind != vault.KindText {
		command += " --as " + v.kind.String()
	}
	return command
}

// lineOfJSON is the line in which a text stops being JSON, from 1, or where it
// stops being text.
func lineOfJSON(text []byte) (line int, syntax bool) {
	var wrong *json.SyntaxError
	var any json.RawMessage
	if err := json.Unmarshal(text, &any); errors.As(err, &wrong) {
		return 1 + bytes.Count(text[:min(int(wrong.Offset), len(text))], []byte("\n")), true
	}
	return lineOfNonText(text), false
}

// lineOfNonText is the first line that is not UTF-8.
func lineOfNonText(text []byte) int {
	line := 1
	for l := range bytes.Lines(text) {
		if !utf8.Valid(l) {
			break
		}
		line++
	}
	return line
}

// A listing is many secrets in one file. What differs is found by reading what
// the editor was given in the same way as what it left: how a format spells a
// value is no change.
type listing struct {
	name   string
	header string // a comment; "" where the format has none
	write  func(io.Writer, []transfer.Item) error
	read   func(io.Reader) (transfer.Result, error)
	format string
	items  []transfer.Item
	was    map[string]vault.Value // as the format gives them back
}

var _ view = (*listing)(nil)

func (v *listing) file() string { return v.name }

func (v *listing) text() ([]byte, error) {
	var b bytes.Buffer
	b.WriteString(v.header)
	if err := v.write(&b, v.items); err != nil {
		return nil, textform.TransferError("edit", err)
	}
	back, err := v.read(bytes.NewReader(b.Bytes()))
	if err != nil {
		return nil, textform.TransferError("edit", err)
	}
	v.was = map[string]vault.Value{}
	for _, item := range back.Items {
		v.was[item.Name] = item.Value
	}
	return b.Bytes(), nil
}

func (v *listing) edits(text []byte) (list []edit, err error) {
	text = asSaved([]byte("\n"), text) // as it was given to the editor
	if len(bytes.TrimSpace(text)) == 0 && len(v.was) > 0 {
		return nil, failure.Fault(vault.InvalidValue, "edit: the file is empty").Hinted("{tacit rm} deletes secrets")
	}
	result, err := v.read(bytes.NewReader(text))
	if err != nil {
		return nil, textform.TextError("edit", err)
	}
	kinds := map[string]vault.Kind{}
	for _, item := range v.items {
		kinds[item.Name] = item.Value.Kind()
	}
	seen := map[string]bool{}
	for _, item := range result.Items {
		seen[item.Name] = true
		was, there := v.was[item.Name]
		switch {
		case !there:
			if err := checkAdded(item); err != nil {
				return nil, err
			}
			list = append(list, edit{item.Name, added, item.Value})
		case was.Kind() != item.Value.Kind() || !bytes.Equal(was.Reveal(), item.Value.Reveal()):
			value, err := v.inKind(item, kinds[item.Name])
			if err != nil {
				return nil, err
			}
			list = append(list, edit{item.Name, changed, value})
		}
	}
	for _, item := range v.items {
		if !seen[item.Name] {
			list = append(list, edit{name: item.Name, did: removed})
		}
	}
	return list, nil
}

// checkAdded refuses a name that nothing can be stored under, while the text can
// still be edited.
func checkAdded(item transfer.Item) error {
	if vault.CheckName("edit", item.Name) == nil {
		return nil
	}
	at := ""
	if item.Line > 0 {
		at = fmt.Sprintf("line %d: ", item.Line)
	}
	return failure.Fault(vault.InvalidName, "edit: %s%s is no name for a secret", at, failure.Printable(item.Name)).Advised(textform.MendLine)
}

// inKind keeps the kind of a secret: JSON stays JSON, where a format calls it
// text.
func (v *listing) inKind(item transfer.Item, kind vault.Kind) (vault.Value, error) {
	if kind != vault.KindJSON || item.Value.Kind() != vault.KindText {
		return item.Value, nil
	}
	raw := item.Value.JSONValue()
	if v.format == "dotenv" { // which has nothing but text
		raw = item.Value.Reveal()
	}
	value, err := vault.JSON(raw)
	if err != nil {
		return value, failure.Fault(vault.InvalidValue, "edit: line %d: %s is JSON: %v", item.Line, item.Name, err)
	}
	return value, nil
}

func (v *listing) kept(text []byte) []byte { return text }

func (v *listing) left(path string) string { return "tacit import " + v.format + " " + path }

const viewHeader = `# A line is a secret. Change values, add lines; the secret of a line that is
# removed is deleted. Names are A-Z a-z 0-9 _ and -, and comments are not kept.
`

// newListing makes the view of a format. What the format cannot hold is not in
// it, and stays as it is: its names are returned.
func newListing(format string, secrets []vault.Secret) (v *listing, without []string) {
	v = &listing{format: format}
	switch format {
	case "json":
		v.name, v.write, v.read = "secrets.json", transfer.WriteJSON, whole(transfer.ReadJSON)
	case "yaml":
		v.name, v.header, v.write, v.read = "secrets.yaml", viewHeader, transfer.WriteYAML, whole(transfer.ReadYAML)
	default:
		v.name, v.header, v.write, v.read = "secrets.env", viewHeader, transfer.WriteDotenv, transfer.ReadDotenv
	}
	for _, secret := range secrets {
		value := secret.Value
		if format == "dotenv" && (value.Kind() == vault.KindBytes || bytes.IndexByte(value.Reveal(), 0) >= 0) {
			without = append(without, secret.Name)
			continue
		}
		v.items = append(v.items, transfer.Item{Name: secret.Name, Value: value})
	}
	slices.SortFunc(v.items, func(a, b transfer.Item) int { return bytes.Compare([]byte(a.Name), []byte(b.Name)) })
	return v, without
}

// whole reads values whole, however they nest.
func whole(read func(io.Reader, bool) (transfer.Result, error)) func(io.Reader) (transfer.Result, error) {
	return func(r io.Reader) (transfer.Result, error) { return read(r, false) }
}

// editFormats are the formats of a view of many secrets.
var editFormats = []string{"dotenv", "yaml", "json"}
