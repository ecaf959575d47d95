package transfer

import (
	"bytes"
	"encoding/json"
	"strings"
	"unicode/utf8"
)

// YAML and TOML are made JSON, and read as that. Each member stands in the line
// that it has in the file, so that what is said of lines is true of the file.

// maxConfig is the largest YAML or TOML file, in bytes. Their parsers take many
// times that in memory.
const maxConfig = 8 << 20

// jsonText is JSON in the making.
type jsonText struct {
	bytes.Buffer
	line int
}

// toLine ends lines until line is reached.
func (b *jsonText) toLine(line int) {
	for ; b.line < line; b.line++ {
		b.WriteByte('\n')
	}
}

// string writes a string, which must be UTF-8.
func (b *jsonText) string(s string, line int) error {
	if !utf8.ValidString(s) {
		return fail(ErrValue, line, "a text that is not UTF-8")
	}
	e := json.NewEncoder(b)
	e.SetEscapeHTML(false)
	if err := e.Encode(s); err != nil {
		return fail(ErrValue, line, "a text that JSON cannot hold")
	}
	b.Truncate(b.Len() - 1) // the newline
	return nil
}

// number writes a number of JSON as it stands, and any other as text.
func (b *jsonText) number(literal string, line int) error {
	if isNumber(literal) {
		b.WriteString(literal)
		return nil
	}
	return b.string(literal, line)
}

func isNumber(s string) bool {
	return s != "" && (s[0] == '-' || '0' <= s[0] && s[0] <= '9') && json.Valid([]byte(s)) && strings.TrimSpace(s) == s
}

// checkConfig refuses a file that is too large for its parser.
func checkConfig(data []byte) error {
	if len(data) > maxConfig {
		return fail(ErrLimit, 0, "the file is over the limit of %d MiB", maxConfig>>20)
	}
	return nil
}
