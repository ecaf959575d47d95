package anchor

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/tacit-vault/tacit/crypto"
)

// Expect is what a user says a vault has to be, where no state folder lasts.
type Expect struct {
	Pin crypto.Pin
	Seq uint64 // the least commit; 0 if any will do
}

// ParseExpect reads "PIN" or "PIN:COMMIT". The error wraps crypto.ErrMalformed.
func ParseExpect(s string) (Expect, error) {
	text, seq, floor := strings.Cut(s, ":")
	pin, err := crypto.ParsePin(text)
	if err != nil {
		return Expect{}, err
	}
	e := Expect{Pin: pin}
	if !floor {
		return e, nil
	}
	e.Seq, err = strconv.ParseUint(seq, 10, 64)
	if err != nil || e.Seq < 1 || e.Seq > maxSeq || strconv.FormatUint(e.Seq, 10) != seq {
		return Expect{}, fmt.Errorf("%w: commit after the pin", crypto.ErrMalformed)
	}
	return e, nil
}
