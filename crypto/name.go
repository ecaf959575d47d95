package crypto

import (
	"fmt"
	"strings"
)

// MaxName is the longest name, in characters, the dot of our own names included.
const MaxName = 100

// CheckName tells whether name is one that a user may give: 1 to 100 characters
// of A to Z, a to z, 0 to 9, "_" and "-". The error wraps ErrMalformed.
func CheckName(name string) error {
	if !isName(name, MaxName) {
		return fmt.Errorf("%w: a name is 1 to %d letters, digits, _ and -", ErrMalformed, MaxName)
	}
	return nil
}

// CheckKey tells whether name is a user's name or one of our own: a dot and 1 to
// 99 of the same characters. The error wraps ErrMalformed.
func CheckKey(name string) error {
	if own, ok := strings.CutPrefix(name, "."); ok && isName(own, MaxName-1) {
		return nil
	}
	return CheckName(name)
}

func isName(s string, most int) bool {
	if len(s) < 1 || len(s) > most {
		return false
	}
	for i := range len(s) {
		if c := s[i]; !isAlnum(c) && c != '_' && c != '-' {
			return false
		}
	}
	return true
}

func isAlnum(c byte) bool {
	return 'A' <= c && c <= 'Z' || 'a' <= c && c <= 'z' || '0' <= c && c <= '9'
}
