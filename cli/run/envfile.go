package run

import (
	"io"
	"os"
	"strings"
	"unicode/utf8"

	"github.com/tacit-vault/tacit/cli/failure"
	"github.com/tacit-vault/tacit/cli/frame"
	"github.com/tacit-vault/tacit/cli/pattern"
	"github.com/tacit-vault/tacit/cli/shell"
	"github.com/tacit-vault/tacit/vault"
)

// A part of a value is a text, or the name of the secret that stands in its place.
type part struct {
	text     string
	isSecret bool
}

// reference is what makes a value in --env-file the name of a secret.
const reference = "tacit:"

// innerReference is a secret within a longer value.
var innerReference = pattern.New(`\{\{[ \t]*tacit://([^\s{}]*)[ \t]*\}\}`)

// nearReference is what somebody may have meant to be one: a tacit: at the front or
// in braces, a tacit:// anywhere, or a function of tacit inject.
var nearReference = pattern.New(`(?i)tacit://|^\s*tacit:|\{\{[^{}]*tacit:|\{\{-?\s*(secret|json)\s+["` + "`" + `(]`)

// splitReferences takes a value of --env-file apart. One that is a reference and
// nothing else is a single part. near tells that the text has what looks like a
// reference and is none.
func splitReferences(value string) (parts []part, near bool) {
	if name, ok := strings.CutPrefix(value, reference); ok {
		return []part{{strings.TrimPrefix(name, "//"), true}}, false
	}
	var texts []string
	text := func(s string) {
		if texts = append(texts, s); s != "" {
			parts = append(parts, part{text: s})
		}
	}
	at := 0
	for _, m := range innerReference.Regexp().FindAllStringSubmatchIndex(value, -1) {
		text(value[at:m[0]])
		parts = append(parts, part{value[m[2]:m[3]], true})
		at = m[1]
	}
	text(value[at:])
	// No two texts are one because a reference stood between them.
	return parts, nearReference.Regexp().MatchString(strings.Join(texts, "\x00"))
}

// An EnvFileReader reads the variables of a file, in order; its error names the path.
// It is handed in, so that a program can be linked without the files of other tools.
type EnvFileReader func(path string, r io.Reader) ([]EnvVariable, error)

// EnvVariable is a variable of a file.
type EnvVariable struct {
	Name  string
	Value vault.Value
	Line  int
}

// readEnvFile reads a file whose values may be secrets, or have them within.
func readEnvFile(s *frame.Session, read EnvFileReader, path string) ([]variable, error) {
	switch {
	case path == "":
		return nil, nil
	case read == nil:
		return nil, frame.NotLinked("--env-file")
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, failure.FileError("reading", path, err)
	}
	defer f.Close()
	items, err := read(path, f)
	if err != nil {
		return nil, err
	}
	list := make([]variable, len(items))
	for i, item := range items {
		v := variable{name: item.Name, value: item.Value}
		var near bool
		v.parts, near = splitReferences(string(v.bytes()))
		for _, name := range v.secrets() {
			if vault.CheckName("run", name) != nil {
				return nil, failure.Fault(vault.InvalidName, "%s, line %d: %s does not refer to a valid name", failure.Printable(path), item.Line, item.Name).
					Hinted("like %s=tacit:API_KEY", shell.Quote(item.Name))
			}
		}
		if near {
			s.Warn("%s, line %d: %s has what looks like a reference and is none; it is NAME=tacit:API_KEY, and {{ tacit://API_KEY }} within a value", failure.Printable(path), item.Line, item.Name)
		}
		list[i] = v.settled()
	}
	return list, nil
}

// settled is a variable whose parts are needed: one secret is that secret, of its
// own kind, and a text alone is a value.
func (v variable) settled() variable {
	switch names := v.secrets(); {
	case len(names) == 0:
		v.parts = nil
	case len(v.parts) == 1:
		v.secret, v.parts, v.value = names[0], nil, vault.Value{}
	}
	return v
}

// assemble makes a value of its parts. Within are the secrets among them.
func assemble(parts []part, secrets map[string]vault.Value) (whole vault.Value, within []vault.Value) {
	var b []byte
	for _, p := range parts {
		if !p.isSecret {
			b = append(b, p.text...)
			continue
		}
		within = append(within, secrets[p.text])
		b = append(b, secrets[p.text].Reveal()...)
	}
	defer clear(b)
	if utf8.Valid(b) {
		return vault.TextOf(b), within
	}
	return vault.Bytes(b), within
}
