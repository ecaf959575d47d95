package crypto

import (
	"fmt"
	"log/slog"
)

const redactedText = "[redacted]"

// redacted, embedded first in a type that holds a secret, makes it print as
// "[redacted]" under every verb of fmt, in JSON and in slog.
type redacted struct{}

func (redacted) String() string               { return redactedText }
func (redacted) GoString() string             { return redactedText }
func (redacted) Format(f fmt.State, _ rune)   { _, _ = f.Write([]byte(redactedText)) }
func (redacted) MarshalText() ([]byte, error) { return []byte(redactedText), nil }
func (redacted) LogValue() slog.Value         { return slog.StringValue(redactedText) }
