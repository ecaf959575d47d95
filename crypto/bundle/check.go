package bundle

import (
	"encoding/base32"
	"fmt"
	"strings"

	"github.com/tacit-vault/tacit/crypto"
)

// Check is what two people compare of a request: the first 80 bits of its
// bundle's digest.
type Check [10]byte

func checkText() *base32.Encoding { return base32.StdEncoding.WithPadding(base32.NoPadding) }

// CheckOf is the check of the request whose bundle has the digest.
func CheckOf(digest crypto.Digest) Check { return Check(digest[:10]) }

// String is the text form: 16 characters of base32 in groups of four.
func (c Check) String() string {
	s := checkText().EncodeToString(c[:])
	return s[:4] + "-" + s[4:8] + "-" + s[8:12] + "-" + s[12:]
}

// ParseCheck reads a check as people type it: in any case, with or without hyphens
// and spaces, and with 0, 1 and 8 for the letters that look like them. The error
// wraps crypto.ErrMalformed.
func ParseCheck(s string) (c Check, err error) {
	if len(s) > 64 {
		return c, fmt.Errorf("%w: a check has 16 characters", crypto.ErrMalformed)
	}
	plain := strings.Map(func(r rune) rune {
		switch r {
		case '-', ' ':
			return -1
		case '0':
			return 'O'
		case '1':
			return 'I'
		case '8':
			return 'B'
		}
		return r
	}, strings.ToUpper(s))
	b, err := checkText().DecodeString(plain)
	if err != nil || len(plain) != checkText().EncodedLen(len(c)) || len(b) != len(c) {
		return c, fmt.Errorf("%w: a check has 16 letters, and digits from 2 to 7", crypto.ErrMalformed)
	}
	return Check(b), nil
}
