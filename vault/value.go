package vault

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"unicode/utf8"

	"github.com/tacit-vault/tacit/crypto"
)

// maxDepth is how deep arrays and objects of a JSON value may nest. It keeps
// every reader that recurses, ours or another's, far from its stack's end.
const maxDepth = 1000

// redacted is what a value looks like wherever something prints it.
const redacted = "[redacted]"

// errInvalidValue is wrapped by every error about a value. None of them holds
// any part of it, not even the character that was wrong.
var errInvalidValue = errors.New("invalid value")

// errNotUTF8 is a text that can only be kept as bytes.
var errNotUTF8 = fmt.Errorf("%w: text must be UTF-8", errInvalidValue)

// Value is what a secret holds: text, a JSON value, or bytes. It prints as
// [redacted] under fmt, encoding/json and log/slog, inside other types too;
// [Value.Reveal] gives what it holds. Copies share their bytes. The zero Value
// holds nothing and is not valid.
type Value struct {
	kind crypto.Kind
	// Behind two pointers, because fmt prints a Value in an unexported field of
	// another type without asking for its methods. It follows one pointer under
	// a verb that does not fit (%s), and prints the second as an address.
	data **[]byte
}

// newValue takes data over, without a copy and without a look at it.
func newValue(kind crypto.Kind, data []byte) Value {
	p := &data
	return Value{kind, &p}
}

// Text is a value of kind text. A string that is not UTF-8 makes a value that
// [Value.Validate], and with it every write, refuses.
func Text(s string) Value { return newValue(crypto.Text, []byte(s)) }

// TextOf is Text of a copy of b. A string of it would be one copy more in memory, which
// nobody can wipe.
func TextOf(b []byte) Value { return newValue(crypto.Text, append([]byte{}, b...)) }

// Bytes is a value of kind bytes, a copy of b.
func Bytes(b []byte) Value { return newValue(crypto.Bytes, bytes.Clone(b)) }

// JSON is a value of kind json: one JSON value in UTF-8, nested at most 1,000
// deep. White space between its tokens is removed and nothing else: order,
// digits (1.50 and 1e999999), escapes and repeated keys stay as they came.
func JSON(raw []byte) (Value, error) {
	if !utf8.Valid(raw) {
		return Value{}, fmt.Errorf("%w: JSON must be UTF-8", errInvalidValue)
	}
	if depth(raw) > maxDepth {
		return Value{}, fmt.Errorf("%w: JSON nested deeper than %d", errInvalidValue, maxDepth)
	}
	var compact bytes.Buffer
	compact.Grow(len(raw))
	if err := json.Compact(&compact, raw); err != nil {
		b := compact.Bytes()
		clear(b[:cap(b)])
		// Its text quotes a character of the value: only the place is told.
		var syntax *json.SyntaxError
		if errors.As(err, &syntax) {
			return Value{}, fmt.Errorf("%w: not JSON, from byte %d on", errInvalidValue, syntax.Offset)
		}
		return Value{}, fmt.Errorf("%w: not JSON", errInvalidValue)
	}
	return newValue(crypto.JSON, compact.Bytes()), nil
}

// depth is how deep raw nests, whether or not it is JSON.
func depth(raw []byte) (deepest int) {
	level, inString := 0, false
	for i := 0; i < len(raw); i++ {
		switch c := raw[i]; {
		case inString && c == '\\':
			i++
		case c == '"':
			inString = !inString
		case inString:
		case c == '{' || c == '[':
			level++
			deepest = max(deepest, level)
		case c == '}' || c == ']':
			level--
		}
	}
	return deepest
}

// Kind is what a value is: text, JSON or bytes.
type Kind = crypto.Kind

// The kinds of values.
const (
	KindText  = crypto.Text
	KindJSON  = crypto.JSON
	KindBytes = crypto.Bytes
)

// Kind is KindText, KindJSON or KindBytes.
func (v Value) Kind() Kind { return v.kind }

// Reveal returns exactly what is kept: the text, the compact JSON, or the
// bytes. The slice is the value's own: it must not be changed, and
// [Value.Wipe] zeroes it.
func (v Value) Reveal() []byte {
	if v.data == nil {
		return nil
	}
	return **v.data
}

// Validate tells whether the value can be kept at all: of a known kind, and
// text in UTF-8. How long it may be is a vault's policy, asked of [Value.Units].
func (v Value) Validate() error {
	switch v.kind {
	case crypto.Text:
		if !utf8.Valid(v.Reveal()) {
			return errNotUTF8
		}
		return nil
	case crypto.JSON, crypto.Bytes:
		return nil
	default:
		return fmt.Errorf("%w: it has no kind", errInvalidValue)
	}
}

// Clone is a copy, which Wipe of v leaves as it is.
func (v Value) Clone() Value { return newValue(v.kind, bytes.Clone(v.Reveal())) }

// Units is the value's length as the limit counts it, in UTF-16 code units as
// JavaScript's .length does: of the text, of the compact JSON, or of the base64
// of the bytes.
func (v Value) Units() int {
	if v.kind == crypto.Bytes {
		return base64.StdEncoding.EncodedLen(len(v.Reveal()))
	}
	units := 0
	for b := v.Reveal(); len(b) > 0; {
		r, size := utf8.DecodeRune(b)
		if units++; r >= 0x10000 {
			units++ // a surrogate pair
		}
		b = b[size:]
	}
	return units
}

// Wipe overwrites the value in memory and gives that up, and with it all copies of
// the Value. They are empty afterwards. It is not safe beside another use of the value.
func (v Value) Wipe() {
	if v.data != nil {
		clear(**v.data)
		**v.data = nil
	}
}

var (
	_ fmt.Formatter  = Value{}
	_ json.Marshaler = Value{}
	_ slog.LogValuer = Value{}
)

// Format prints [redacted], whatever the verb.
func (Value) Format(s fmt.State, _ rune) { io.WriteString(s, redacted) }

// MarshalJSON prints "[redacted]"; [Value.JSONValue] is the value.
func (Value) MarshalJSON() ([]byte, error) { return []byte(`"` + redacted + `"`), nil }

// MarshalText prints [redacted].
func (Value) MarshalText() ([]byte, error) { return []byte(redacted), nil }

// LogValue prints [redacted].
func (Value) LogValue() slog.Value { return slog.StringValue(redacted) }
