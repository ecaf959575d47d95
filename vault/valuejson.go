package vault

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"unicode/utf16"

	"github.com/tacit-vault/tacit/crypto"
)

// base64Key marks bytes in JSON, which has no kind for them: {"$base64":"…"}.
const base64Key = "$base64"

// JSONValue is the value as JSON, so that [FromJSON] gives it back: a text is a
// JSON string, JSON is itself, and bytes are {"$base64":"…"}.
func (v Value) JSONValue() json.RawMessage {
	switch v.kind {
	case crypto.Text:
		return quote(string(v.Reveal()))
	case crypto.Bytes:
		raw := []byte(`{"` + base64Key + `":"`)
		raw = base64.StdEncoding.AppendEncode(raw, v.Reveal())
		return append(raw, `"}`...)
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

// quote leaves <, > and & as they are, as JavaScript does.
func quote(s string) []byte {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	_ = e.Encode(s) // a string into a buffer: cannot fail
	return bytes.TrimSuffix(b.Bytes(), []byte("\n"))
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
		var s string
		if err := json.Unmarshal(compact, &s); err != nil {
			return Value{}, fmt.Errorf("%w: not a JSON string", errInvalidValue)
		}
		return Text(s), nil
	case withBytes && bytes.HasPrefix(compact, []byte(`{"`+base64Key+`":"`)):
		return fromBase64(v)
	default:
		return v, nil
	}
}

// fromBase64 gives v back where the object has more than the one member.
func fromBase64(v Value) (Value, error) {
	text := bytes.TrimPrefix(v.Reveal(), []byte(`{"`+base64Key+`":`))
	d := json.NewDecoder(bytes.NewReader(text))
	var s string
	if err := d.Decode(&s); err != nil {
		return Value{}, fmt.Errorf("%w: not a JSON string", errInvalidValue)
	}
	if rest := text[d.InputOffset():]; string(rest) != "}" {
		return v, nil
	}
	b, err := base64.StdEncoding.Strict().DecodeString(s)
	if err != nil {
		return Value{}, fmt.Errorf("%w: %q holds no base64", errInvalidValue, base64Key)
	}
	return newValue(crypto.Bytes, b), nil
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
