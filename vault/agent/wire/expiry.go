package wire

import (
	"fmt"
	"time"
)

// neverExpires is what takes a secret's expiry away.
const neverExpires = "never"

// ParseExpiry reads a time, or the word for none; nil where nothing is said.
func ParseExpiry(op, name, text string) (*time.Time, error) {
	switch text {
	case "":
		return nil, nil
	case neverExpires:
		return new(time.Time), nil
	}
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return nil, Invalid(op, name, fmt.Sprintf("a secret expires at a time of RFC 3339, or %q", neverExpires))
	}
	return &t, nil
}

// ExpiryText is what ParseExpiry reads.
func ExpiryText(t time.Time) string {
	if t.IsZero() {
		return neverExpires
	}
	return t.UTC().Format(time.RFC3339)
}
