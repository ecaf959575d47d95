package crypto

import (
	"encoding/hex"
	"fmt"
	"strings"
)

// Attributes lie in the clear in a record's header, and its binding covers them.
const (
	MaxAttrs     = 16  // of a record
	maxAttrName  = 40  // characters
	maxAttrValue = 256 // bytes, percent-encoded
)

// Attr is an attribute of a record: plaintext, authenticated.
type Attr struct {
	Name  string // [A-Za-z][A-Za-z0-9-]{0,39}; an upper-case letter makes it critical
	Value string // any bytes, at most 256 when percent-encoded; may be empty
}

// Critical tells whether a reader that does not know the attribute has to refuse
// the record.
func (a Attr) Critical() bool { return strings.ContainsFunc(a.Name, isUpper) }

// CheckAttrs refuses what a header may not have, and every critical attribute:
// format 1 knows none. Errors wrap ErrMalformed, ErrLimit or ErrNewer.
func CheckAttrs(attrs []Attr) error {
	if len(attrs) > MaxAttrs {
		return fmt.Errorf("%w: %d attributes, at most %d", ErrLimit, len(attrs), MaxAttrs)
	}
	for i, a := range attrs {
		if !isAttrName(a.Name) {
			return fmt.Errorf("%w: attribute name", ErrMalformed)
		}
		if i > 0 && attrs[i-1].Name >= a.Name {
			return fmt.Errorf("%w: attributes are not sorted and unique", ErrMalformed)
		}
		if EscapedLen(a.Value) > maxAttrValue {
			return fmt.Errorf("%w: value of attribute %s, at most %d bytes encoded", ErrLimit, a.Name, maxAttrValue)
		}
	}
	// A record of a newer version is recognised only if its form is sound.
	for _, a := range attrs {
		if a.Critical() {
			return fmt.Errorf("%w: critical attribute %s", ErrNewer, a.Name)
		}
	}
	return nil
}

// Arg is the attribute as an argument of the stanza: name=value, percent-encoded.
func (a Attr) Arg() string { return a.Name + "=" + escape(a.Value) }

// ParseAttr reads one argument. Only the spelling that Arg gives is taken. Errors wrap
// ErrMalformed or ErrLimit.
func ParseAttr(arg string) (Attr, error) {
	name, escaped, ok := strings.Cut(arg, "=")
	if !ok || !isAttrName(name) {
		return Attr{}, fmt.Errorf("%w: attribute", ErrMalformed)
	}
	if len(escaped) > maxAttrValue {
		return Attr{}, fmt.Errorf("%w: value of attribute %s, at most %d bytes encoded", ErrLimit, name, maxAttrValue)
	}
	value, ok := unescape(escaped)
	if !ok {
		return Attr{}, fmt.Errorf("%w: value of attribute %s", ErrMalformed, name)
	}
	return Attr{Name: name, Value: value}, nil
}

// attributesLabel is what a list of attributes is encoded under, where it is a field.
const attributesLabel = "tacit/1/attributes"

// EncodeAttrs is the list of attributes as a field, which Fields.Attrs reads.
func EncodeAttrs(attrs []Attr) []byte {
	list := make([]string, len(attrs))
	for i, a := range attrs {
		list[i] = a.Arg()
	}
	return EncodeList(attributesLabel, list)
}

// EncodedAttrsLen is the length of what EncodeAttrs gives.
func EncodedAttrsLen(attrs []Attr) int {
	n := 8 + len(attributesLabel)
	for _, a := range attrs {
		n += 4 + len(a.Name) + 1 + EscapedLen(a.Value)
	}
	return n
}

// Attrs reads a list of attributes, each in the spelling that Arg gives. CheckAttrs is
// the caller's to ask.
func (p *Fields) Attrs() (attrs []Attr) {
	for _, arg := range p.List(attributesLabel, MaxAttrs) {
		a, err := ParseAttr(arg)
		p.Fail(err)
		attrs = append(attrs, a)
	}
	return attrs
}

func isAttrName(s string) bool {
	if len(s) < 1 || len(s) > maxAttrName || !isAlnum(s[0]) || isDigit(s[0]) {
		return false
	}
	for i := range len(s) {
		if !isAlnum(s[i]) && s[i] != '-' {
			return false
		}
	}
	return true
}

func isUpper(r rune) bool { return 'A' <= r && r <= 'Z' }
func isDigit(c byte) bool { return '0' <= c && c <= '9' }

// isPlain tells whether a byte stands for itself in a value.
func isPlain(c byte) bool { return isAlnum(c) || c == '.' || c == '_' || c == '~' || c == '-' }

// EscapedLen is how many bytes an attribute's value takes in a header.
func EscapedLen(s string) int {
	n := len(s)
	for i := range len(s) {
		if !isPlain(s[i]) {
			n += 2
		}
	}
	return n
}

func escape(s string) string {
	const digits = "0123456789ABCDEF"
	b := make([]byte, 0, EscapedLen(s))
	for i := range len(s) {
		if c := s[i]; isPlain(c) {
			b = append(b, c)
		} else {
			b = append(b, '%', digits[c>>4], digits[c&15])
		}
	}
	return string(b)
}

// unescape is the inverse of escape; ok is false for any other spelling.
func unescape(s string) (value string, ok bool) {
	b := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		if s[i] != '%' {
			b = append(b, s[i])
			continue
		}
		if len(s)-i < 3 {
			return "", false
		}
		c, err := hex.DecodeString(s[i+1 : i+3])
		if err != nil {
			return "", false
		}
		b = append(b, c[0])
		i += 2
	}
	value = string(b)
	return value, escape(value) == s
}
