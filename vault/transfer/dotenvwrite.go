package transfer

import (
	"bytes"
	"io"
	"strings"

	"github.com/tacit-vault/tacit/crypto"
)

// WriteDotenv writes a line NAME=VALUE for each item, in their order. What it
// writes means the same to [ReadDotenv] and to a POSIX shell that sources it
// (where the name is one that a shell takes), and to Node's --env-file unless
// the value holds a carriage return, or a single quote together with one of
// ", \, $ and `. JSON is written as its compact text, and read back as text.
//
// Bytes, and text with a NUL in it, are an error wrapping [ErrUnwritable] that
// names the secret. Nothing is written then.
func WriteDotenv(w io.Writer, items []Item) error {
	var b bytes.Buffer
	defer func() { clear(b.Bytes()) }()
	for _, item := range items {
		value, err := lineText(item, "dotenv")
		if err != nil {
			return err
		}
		b.WriteString(item.Name)
		b.WriteByte('=')
		quoteDotenv(&b, value)
		b.WriteByte('\n')
	}
	_, err := w.Write(b.Bytes())
	return err
}

// lineText is the value as text, where it is such as holder can hold.
func lineText(item Item, holder string) (string, error) {
	value := item.Value.Reveal()
	switch {
	case item.Value.Kind() == crypto.Bytes:
		return "", fail(ErrUnwritable, 0, "%s: %s has no way to hold bytes", item.Name, holder)
	case bytes.IndexByte(value, 0) >= 0:
		return "", fail(ErrUnwritable, 0, "%s: %s has no way to hold a NUL character", item.Name, holder)
	}
	return string(value), nil
}

// quoteDotenv never uses backticks: a shell runs what stands between them.
func quoteDotenv(b *bytes.Buffer, s string) {
	switch {
	case isPlain(s):
		b.WriteString(s) // docker --env-file takes quotes for part of the value
	case !strings.Contains(s, "'"):
		b.WriteByte('\'')
		b.WriteString(s)
		b.WriteByte('\'')
	default:
		b.WriteByte('"')
		for i := range len(s) {
			if strings.IndexByte("\"\\$`", s[i]) >= 0 {
				b.WriteByte('\\')
			}
			b.WriteByte(s[i])
		}
		b.WriteByte('"')
	}
}

// isPlain tells whether s means itself to everybody, without quotes.
func isPlain(s string) bool {
	if strings.HasPrefix(s, "=") {
		return false // zsh puts the path of a command there
	}
	for i := range len(s) {
		c := s[i]
		alnum := 'A' <= c && c <= 'Z' || 'a' <= c && c <= 'z' || '0' <= c && c <= '9'
		if !alnum && strings.IndexByte("_-./:@%+,=", c) < 0 {
			return false
		}
	}
	return true
}
