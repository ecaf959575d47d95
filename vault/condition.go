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

// MarshalText gives "always", "absent", "present", "version:N" or "present:N".
func (c Condition) MarshalText() ([]byte, error) {
	switch c.kind {
	case absent:
		return []byte("absent"), nil
	case present:
		return []byte("present"), nil
	case atVersion:
		return fmt.Appendf(nil, "version:%d", c.version), nil
	case presentAt:
		return fmt.Appendf(nil, "present:%d", c.version), nil
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
		word, digits, _ := strings.Cut(s, ":")
		n, err := strconv.ParseUint(digits, 10, 64)
		if word != "version" && word != "present" || err != nil {
			return fmt.Errorf("%w: a condition is always, absent, present, version:N or present:N", errInvalidValue)
		}
		if *c = AtVersion(n); word == "present" {
			*c = c.AndPresent()
		}
	}
	return nil
}
