package crypto

import "fmt"

// Kind is what a record holds.
type Kind uint8

// The kinds of format 1. The numbers stand in the index, the names in records.
const (
	Text  Kind = 1 // valid UTF-8
	JSON  Kind = 2 // any JSON value, compact
	Bytes Kind = 3 // anything
	Gone  Kind = 4 // a deletion; the plaintext is empty
)

func (k Kind) String() string {
	switch k {
	case Text:
		return "text"
	case JSON:
		return "json"
	case Bytes:
		return "bytes"
	case Gone:
		return "gone"
	}
	return fmt.Sprintf("kind(%d)", uint8(k))
}

// Valid tells whether k is a kind of format 1.
func (k Kind) Valid() bool { return k >= Text && k <= Gone }

// ParseKind reads the name of a kind, or returns an error wrapping ErrMalformed.
func ParseKind(s string) (Kind, error) {
	for k := Text; k <= Gone; k++ {
		if k.String() == s {
			return k, nil
		}
	}
	return 0, fmt.Errorf("%w: kind %q", ErrMalformed, s)
}
