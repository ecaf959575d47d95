package vault

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"iter"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/tacit-vault/tacit/crypto"
)

// base64Key marks bytes in JSON, which has no kind for them: {"$base64":"…"}.
const base64Key = "$base64"

// JSONValue is the value as JSON, so that [FromJSON] gives it back: a text is a
// JSON string, JSON is itself, and bytes are {"$base64":"…"}. There is one copy of
// the value in memory more, which the caller may clear.
func (v Value) JSONValue() json.RawMessage {
	switch v.kind {
	case crypto.Text:
		return quote(v.Reveal())
	case crypto.Bytes:
		const before, after = `{"` + base64Key + `":"`, `"}`
		raw := make([]byte, 0, len(before)+base64.StdEncoding.EncodedLen(len(v.Reveal()))+len(after))
		raw = base64.StdEncoding.AppendEncode(append(raw, before...), v.Reveal())
		return append(raw, after...)
	case crypto.JSON:
		return bytes.Clone(v.Reveal())
	default:
		return json.RawMessage("null")
	}
}

// AppendMember appends the member of an object in JSON to b: on a line of its own, with
// a comma before it unless it is the first.
func AppendMember(b []byte, first bool, name string, v Value) []byte {
	if !first {
		b = append(b, ',')
	}
	key, _ := json.Marshal(name) // a string: cannot fail
	value := v.JSONValue()
	defer clear(value)
	b = append(append(append(b, "\n  "...), key...), ": "...)
	return append(b, value...)
}

// quote is a text as encoding/json writes it, with <, > and & as they are, as JavaScript
// does. It is written here, in one piece, because an encoder keeps what it has written.
func quote(text []byte) []byte {
	n := len(`""`)
	for part := range quotedParts(text) {
		n += len(part)
	}
	b := append(make([]byte, 0, n), '"')
	for part := range quotedParts(text) {
		b = append(b, part...)
	}
	return append(b, '"')
}

// quotedParts are what stands for a text between quotes: parts of it, and escapes.
func quotedParts(text []byte) iter.Seq[[]byte] {
	return func(yield func([]byte) bool) {
		escape := make([]byte, 0, len(`\u0000`))
		for len(text) > 0 {
			n := plain(text)
			if n > 0 && !yield(text[:n]) {
				return
			}
			if text = text[n:]; len(text) == 0 {
				return
			}
			r, n := utf8.DecodeRune(text)
			text = text[n:]
			if !yield(appendEscape(escape, r)) {
				return
			}
		}
	}
}

// plain is how many bytes of a text stand for themselves, up to the first that does not.
func plain(text []byte) (n int) {
	for n < len(text) {
		r, size := rune(text[n]), 1
		if r >= utf8.RuneSelf {
			r, size = utf8.DecodeRune(text[n:])
		}
		if r < ' ' || r == '"' || r == '\\' || r == '\u2028' || r == '\u2029' || r == utf8.RuneError && size == 1 {
			break
		}
		n += size
	}
	return n
}

// letters are those of the escapes that have one, and what each stands for.
const letters, lettered = `"\bfnrt`, "\"\\\b\f\n\r\t"

func appendEscape(b []byte, r rune) []byte {
	if i := strings.IndexRune(lettered, r); i >= 0 {
		return append(b, '\\', letters[i])
	}
	const digits = "0123456789abcdef"
	return append(b, '\\', 'u', digits[r>>12&15], digits[r>>8&15], digits[r>>4&15], digits[r&15])
}

// FromJSON makes a value of JSON. A string becomes text; where it escapes half
// of a surrogate pair, which no text can hold, it stays JSON. With withBytes,
// an object whose one member is "$base64" and a string becomes bytes, and is
// refused where that string is no base64. Everything else stays JSON.
func FromJSON(raw []byte, withBytes bool) (Value, error) {
	v, err := JSON(raw)
	if err != nil {
		return Value{}, err
	}
	switch compact := v.Reveal(); {
	case compact[0] == '"' && !loneSurrogate(compact):
		defer v.Wipe()
		return newValue(crypto.Text, unquoted(compact)), nil
	case withBytes && bytes.HasPrefix(compact, []byte(`{"`+base64Key+`":"`)):
		return fromBase64(v)
	default:
		return v, nil
	}
}

// fromBase64 gives v back where the object has more than the one member.
func fromBase64(v Value) (Value, error) {
	text := bytes.TrimPrefix(v.Reveal(), []byte(`{"`+base64Key+`":`))
	end := endOfString(text)
	if string(text[end:]) != "}" {
		return v, nil
	}
	defer v.Wipe()
	wrong := fmt.Errorf("%w: %q holds no base64", errInvalidValue, base64Key)
	if loneSurrogate(text[:end]) {
		return Value{}, wrong
	}
	digits := unquoted(text[:end])
	defer clear(digits)
	b := make([]byte, base64.StdEncoding.DecodedLen(len(digits)))
	n, err := base64.StdEncoding.Strict().Decode(b, digits)
	if err != nil {
		clear(b)
		return Value{}, wrong
	}
	return newValue(crypto.Bytes, b[:n]), nil
}

// endOfString is behind the JSON string that valid JSON begins with.
func endOfString(s []byte) int {
	for i := 1; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
	return len(s)
}

// unquoted is the text of a valid JSON string without a lone surrogate, in one piece:
// encoding/json makes a string of it, which nobody can wipe.
func unquoted(s []byte) []byte {
	text := make([]byte, 0, len(s))
	for s = s[1 : len(s)-1]; len(s) > 0; {
		n := bytes.IndexByte(s, '\\')
		switch {
		case n < 0:
			n = len(s)
			fallthrough
		case n > 0:
			text = append(text, s[:n]...)
		case s[1] != 'u':
			n = len(`\n`)
			text = append(text, unescaped(s[1]))
		default:
			n = len(`\u0000`)
			r := escaped(s)
			if utf16.IsSurrogate(r) {
				r = utf16.DecodeRune(r, escaped(s[n:]))
				n *= 2
			}
			text = utf8.AppendRune(text, r)
		}
		s = s[n:]
	}
	return text
}

// unescaped is what a letter stands for behind a backslash; / is itself.
func unescaped(c byte) byte {
	if i := strings.IndexByte(letters, c); i >= 0 {
		return lettered[i]
	}
	return c
}

// loneSurrogate tells whether a JSON string escapes a surrogate that is not
// half of a pair. encoding/json would put U+FFFD in its place without a word.
func loneSurrogate(s []byte) bool {
	for i := 0; i+1 < len(s); i++ {
		if s[i] != '\\' {
			continue
		}
		if s[i+1] != 'u' {
			i++
			continue
		}
		first := escaped(s[i:])
		if !utf16.IsSurrogate(first) {
			i += 5
			continue
		}
		if utf16.DecodeRune(first, escaped(s[i+6:])) == '\uFFFD' {
			return true
		}
		i += 11
	}
	return false
}

// escaped is the code unit that s begins with as \uXXXX, -1 if it does not.
func escaped(s []byte) rune {
	if len(s) < 6 || s[0] != '\\' || s[1] != 'u' {
		return -1
	}
	var r rune
	for _, c := range s[2:6] {
		switch {
		case c >= '0' && c <= '9':
			c -= '0'
		case c >= 'a' && c <= 'f':
			c -= 'a' - 10
		case c >= 'A' && c <= 'F':
			c -= 'A' - 10
		default:
			return -1
		}
		r = r<<4 | rune(c)
	}
	return r
}
