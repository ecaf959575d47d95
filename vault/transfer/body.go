package transfer

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/tacit-vault/tacit/vault"
)

// Body is what becomes of a body as pass keeps it: a password in the first line,
// and whatever its user wanted below.
type Body int

// The ways to take a body.
const (
	Whole     Body = iota // NAME is all of it, byte for byte
	FirstLine             // NAME is the first line; that there was more is told
	Split                 // NAME is the first line; see ReadBody for the others
)

// ReadBody makes items of the body of the entry called name. Split makes of each
// line "key: value" below the first NAME/key, of a line otpauth://… NAME/otp, and
// of all other lines, as they are, NAME/notes; what is there again gets a number
// (NAME/key_2). A first line that is empty makes no item. A body that is not
// UTF-8 is one value of kind bytes, however it was to be taken.
func ReadBody(name string, body []byte, how Body) Result {
	if !utf8.Valid(body) {
		return Result{Items: []Item{{Name: name, Value: vault.Bytes(body)}}}
	}
	text := string(body)
	if how == Whole {
		return Result{Items: []Item{{Name: name, Value: vault.Text(text)}}}
	}
	first, rest, _ := strings.Cut(text, "\n")
	r := Result{}
	if first = strings.TrimSuffix(first, "\r"); first != "" || how == FirstLine {
		r.Items = append(r.Items, Item{Name: name, Value: vault.Text(first)})
	}
	switch {
	case how == Split:
		r.Items = append(r.Items, splitLines(name, rest)...)
	case strings.TrimSpace(rest) != "":
		r.Skipped = append(r.Skipped, Skipped{Name: name, Reason: "the lines below its first", Meant: true})
	}
	return r
}

// splitLines are the items of the lines below the first.
func splitLines(name, rest string) (items []Item) {
	var notes strings.Builder
	seen := map[string]int{}
	add := func(key, value string) {
		if seen[key]++; seen[key] > 1 {
			key = fmt.Sprintf("%s_%d", key, seen[key])
		}
		items = append(items, Item{Name: name + "/" + key, Value: vault.Text(value)})
	}
	for line := range strings.Lines(rest) {
		bare := strings.TrimRight(line, "\r\n")
		key, value, ok := strings.Cut(bare, ": ")
		key = strings.TrimSpace(key)
		switch {
		case strings.HasPrefix(bare, "otpauth://"):
			add("otp", bare)
		case ok && Plain(key) != "":
			add(key, value)
		default:
			notes.WriteString(line)
		}
	}
	if strings.TrimSpace(notes.String()) != "" {
		add("notes", notes.String())
	}
	return items
}

// ReadGopass is [ReadBody] for gopass: what `gopass cat` stored is the bytes that
// were given to it, a body in the form GOPASS-SECRET-1.0 is brought to today's,
// and for Split what follows "---" is YAML, of which each member is NAME/member.
func ReadGopass(name string, body []byte, how Body) (Result, error) {
	if raw, ok := gopassBinary(body); ok {
		return Result{Items: []Item{{Name: name, Value: bytesOrText(raw)}}}, nil
	}
	if how == Whole || !utf8.Valid(body) {
		return ReadBody(name, body, how), nil
	}
	if rest, ok := bytes.CutPrefix(body, []byte("GOPASS-SECRET-1.0\n")); ok {
		body = fromMIME(rest)
	}
	first, yaml, ok := strings.Cut("\n"+string(body), "\n---\n")
	if !ok || how != Split {
		return ReadBody(name, body, how), nil
	}
	r := ReadBody(name, []byte(strings.TrimPrefix(first, "\n")), how)
	if strings.TrimSpace(yaml) == "" {
		return r, nil
	}
	members, err := ReadYAML(strings.NewReader(yaml), false)
	if err != nil {
		return Result{}, fmt.Errorf("%s: what follows --- : %w", printable(name), err)
	}
	for _, m := range members.Items {
		r.Items = append(r.Items, Item{Name: name + "/" + m.Name, Value: m.Value})
	}
	return r, nil
}

// bytesOrText is a file's content: text where it is that.
func bytesOrText(raw []byte) vault.Value {
	if utf8.Valid(raw) && bytes.IndexByte(raw, 0) < 0 {
		return vault.TextOf(raw)
	}
	return vault.Bytes(raw)
}

// gopassBinary is what `gopass cat` stored: headers that say base64, and base64.
func gopassBinary(body []byte) (raw []byte, ok bool) {
	if len(body) > maxValue*4 {
		return nil, false
	}
	encoded, marked := strings.Builder{}, false
	for line := range bytes.Lines(bytes.TrimPrefix(body, []byte("GOPASS-SECRET-1.0\n"))) {
		line = bytes.TrimSpace(line)
		key, value, header := bytes.Cut(line, []byte(": "))
		switch {
		case header && bytes.EqualFold(key, []byte("content-transfer-encoding")):
			marked = marked || bytes.EqualFold(value, []byte("base64"))
		case header && bytes.EqualFold(key, []byte("content-disposition")), header && bytes.EqualFold(key, []byte("content-type")):
		case header:
			return nil, false
		default:
			encoded.Write(line)
		}
	}
	if !marked {
		return nil, false
	}
	raw, err := base64.StdEncoding.DecodeString(encoded.String())
	return raw, err == nil
}

// fromMIME brings the headers of GOPASS-SECRET-1.0, and what follows them, to a
// password in the first line, keys below it, and the rest.
func fromMIME(rest []byte) []byte {
	headers, body, _ := strings.Cut(string(rest), "\n\n")
	password, found := "", false
	var keys strings.Builder
	for line := range strings.Lines(headers + "\n") {
		key, value, ok := strings.Cut(strings.TrimRight(line, "\r\n"), ":")
		switch {
		case !ok:
		case !found && strings.EqualFold(key, "password"):
			password, found = strings.TrimSpace(value), true
		default:
			keys.WriteString(strings.ToLower(key) + ": " + strings.TrimSpace(value) + "\n")
		}
	}
	return []byte(password + "\n" + keys.String() + body)
}

// ReadFile is a file's content as one item: text where it is that, else bytes.
func ReadFile(name string, content []byte) Result {
	return Result{Items: []Item{{Name: name, Value: bytesOrText(content)}}}
}
