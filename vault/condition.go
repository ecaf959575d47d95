package vault

import (
	"encoding"
	"fmt"
	"strconv"
	"strings"
)

var (
	_ encoding.TextMarshaler   = Condition{}
	_ encoding.TextUnmarshaler = (*Condition)(nil)
)

// MarshalText gives "always", "absent", "present" or "version:N".
func (c Condition) MarshalText() ([]byte, error) {
	switch c.kind {
	case absent:
		return []byte("absent"), nil
	case present:
		return []byte("present"), nil
	case atVersion:
		return fmt.Appendf(nil, "version:%d", c.version), nil
	}
	return []byte("always"), nil
}

// UnmarshalText takes what MarshalText gives, and "" for always.
func (c *Condition) UnmarshalText(text []byte) error {
	switch s := string(text); s {
	case "", "always":
		*c = Always
	case "absent":
		*c = Absent
	case "present":
		*c = Present
	default:
		digits, ok := strings.CutPrefix(s, "version:")
		n, err := strconv.ParseUint(digits, 10, 64)
		if !ok || err != nil {
			return fmt.Errorf("%w: a condition is always, absent, present or version:N", errInvalidValue)
		}
		*c = AtVersion(n)
	}
	return nil
}
