package transfer

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"
)

// parseYAML gives the one document that is in the file.
func parseYAML(data []byte) (*yaml.Node, error) {
	if err := checkConfig(data); err != nil {
		return nil, err
	}
	if err := checkCharacters(data); err != nil {
		return nil, err
	}
	data = plainDirectives(data)
	defer clear(data)
	d := yaml.NewDecoder(bytes.NewReader(data))
	var doc, next yaml.Node
	err := d.Decode(&doc)
	switch {
	case errors.Is(err, io.EOF), err == nil && len(doc.Content) == 0:
		return nil, fail(ErrSyntax, 0, "there is nothing in it")
	case err != nil:
		return nil, yamlError(err)
	}
	err = d.Decode(&next)
	switch {
	case err == nil:
		return nil, fail(ErrSyntax, next.Line, "a second document begins")
	case !errors.Is(err, io.EOF):
		return nil, yamlError(err)
	}
	return doc.Content[0], nil
}

// checkCharacters refuses what ends a line in YAML 1.1 and is text in 1.2: the
// library goes by 1.1 there, and would make other values of it. It also refuses
// what no YAML may hold, of which the library does not say the line.
func checkCharacters(data []byte) error {
	line := 1
	for len(data) > 0 {
		r, size := utf8.DecodeRune(data)
		data = data[size:]
		escape := ""
		switch {
		case r == '\n':
			line++
		case r == '\t' || r == '\r':
		case r == '\u0085':
			escape = `\N`
		case r == '\u2028':
			escape = `\L`
		case r == '\u2029':
			escape = `\P`
		case r < ' ' || 0x7f < r && r < 0xa0 || r == 0xfffe || r == 0xffff:
			return fail(ErrSyntax, line, "not YAML: the control character U+%04X: write it as an escape in double quotes", r)
		}
		if escape != "" {
			return fail(ErrSyntax, line, "the character %U, a new line for YAML 1.1 and none for 1.2: write %s in double quotes", r, escape)
		}
	}
	return nil
}

// plainDirectives copies a file and brings the directives before its document
// to what the library knows: what 1.2 changed is decided here, and a directive
// that is not known does not count.
func plainDirectives(data []byte) []byte {
	copied := bytes.Clone(data)
	unknown := false
	for line := range bytes.Lines(copied) {
		bare := bytes.TrimLeft(line, " \t\r\n")
		switch {
		case len(bare) == 0, bare[0] == '#':
		case line[0] != '%':
			if unknown && !bytes.HasPrefix(line, []byte("---")) { // then it was none
				return append(copied[:0], data...)
			}
			return copied
		case isDirective(line, "%YAML"):
			version := bytes.TrimLeft(line[len("%YAML"):], blank)
			if bytes.HasPrefix(version, []byte("1.2")) || bytes.HasPrefix(version, []byte("1.3")) {
				version[len("1.")] = '1'
			}
		case !isDirective(line, "%TAG"):
			unknown = true
			line[0] = '#'
		}
	}
	return copied
}

func isDirective(line []byte, name string) bool {
	rest, ok := bytes.CutPrefix(line, []byte(name))
	return ok && (len(rest) == 0 || bytes.IndexByte([]byte(" \t\r\n"), rest[0]) >= 0)
}

// yamlReasons are the library's words and ours for them. Others than these are
// not shown: they may quote the file.
var yamlReasons = []struct{ theirs, ours string }{
	{"mapping values are not allowed in this context", `a ": " where no mapping can stand; a text with ": " in it, or ":" at its end, needs quotes`},
	{"mapping keys are not allowed in this context", `a "? " where no mapping can stand`},
	{"block sequence entries are not allowed", `a "- " where no sequence can begin`},
	{"found character that cannot start any token", "a character that begins nothing: a text that begins with a tab, @, % or ` needs quotes"},
	{"did not find expected alphabetic or numeric", "an anchor (&) or alias (*) whose name this reader cannot take: use A-Z a-z 0-9 _ and -"},
	{"unknown anchor", "an alias (*) whose anchor (&) is not before it; a text that begins with * needs quotes"},
	{"found unknown escape character", `a backslash in double quotes before a character that it does not go with: write \\`},
	{"did not find expected hexadecimal number", `\x, \u or \U in double quotes without its 2, 4 or 8 digits`},
	{"found invalid Unicode character escape code", `an escape of half a character (a surrogate, \ud800 to \udfff) or of none: write the character itself`},
	{"found unexpected end of stream", "a quote that is never closed"},
	{"found unexpected document indicator", "a quote that is not closed before --- or ..."},
	{"could not find expected ':'", `a line of a mapping without ": "`},
	{"did not find expected key", "something behind the end of a value, or an indentation that fits nothing"},
	{"did not find expected '-' indicator", "an indentation that fits nothing in its sequence"},
	{"did not find expected ',' or ']'", `a "[" that is never closed, or something without a "," before it`},
	{"did not find expected ',' or '}'", `a "{" that is never closed, or something without a "," before it`},
	{"did not find expected node content", "a value is missing"},
	{"did not find expected <document start>", "something that does not belong to the document before it"},
	{"did not find expected comment or line break", "something behind the | or > that begins a text, or behind a directive"},
	{"found a comment without preceding whitespace", `a "#" without a space before it: for a comment it needs one, in a text it needs quotes`},
	{"found a tab character", "a tab in the indentation"},
	{"found an indentation indicator equal to 0", "an indentation of 0 behind | or >"},
	{"found undefined tag handle", "a tag (!) that no %TAG declares"},
	{"found character '", "a character that no tag (!) can have; a text that begins with ! needs quotes"},
	{"did not find expected tag URI", "a tag (!) that is not spelled as one; a text that begins with ! needs quotes"},
	{"did not find the expected '>'", "a tag !<…> that is not closed"},
	{"did not find expected whitespace", "no white space behind a tag (!) or a directive (%)"},
	{"did not find expected '!'", "a tag (!) that is not spelled as one"},
	{"did not find URI escaped octet", "a % in a tag (!) that no two digits follow"},
	{"did not find expected <document end>", "a directive (%) inside a document: ... has to end that before it"},
	{"could not find expected directive name", "a directive (%) without a name"},
	{"did not find expected version number", "a %YAML directive without its version"},
	{"did not find expected digit", "a %YAML directive without its version"},
	{"found unexpected content after document-end marker", "something behind ..."},
	{"found incompatible YAML document", "a %YAML version that is not 1.1 or 1.2"},
	{"found unknown directive name", "a directive (%) that is not known, and no --- behind it; a text that begins with % needs quotes"},
	{"found duplicate", "a directive (%) that is there twice"},
	{"exceeded max depth", "it is nested too deep"},
}

// yamlError keeps the line of the library's error and says in our words what is
// there: the rest may quote the file.
func yamlError(err error) error {
	line, said := 0, err.Error()
	var at *yaml.LoadError
	if errors.As(err, &at) {
		line, said = int(at.Mark.Line), at.Message
		if at.ContextMsg == "while scanning a quoted scalar" && strings.HasPrefix(said, "found unexpected") {
			line = int(at.ContextMark.Line) // where the quote opens
		}
	}
	for _, reason := range yamlReasons {
		if strings.HasPrefix(said, reason.theirs) {
			return fail(ErrSyntax, line, "not YAML: %s", reason.ours)
		}
	}
	return fail(ErrSyntax, line, "not YAML")
}
