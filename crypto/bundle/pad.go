package bundle

import (
	"encoding/binary"
	"fmt"
	"math/bits"

	"github.com/tacit-vault/tacit/crypto"
)

// A carrier sees the length of a body. It is rounded up, so that it says little.

const (
	padStep  = 256
	padSteps = 4096 // up to here in steps, above that as Padmé does
)

// paddedSize is the length of a padded plaintext of n bytes, without its own
// length field: a multiple of 256 up to 4 KiB, above that the size of Padmé
// (Nikitin and others, "Reducing Metadata Leakage from Encrypted Files", 2019),
// which is at most 12 % more.
func paddedSize(n int) int {
	if n <= padSteps {
		return max(padStep, (n+padStep-1)/padStep*padStep)
	}
	e := bits.Len(uint(n)) - 1
	low := e - bits.Len(uint(e)) // bits that have to be zero
	mask := 1<<low - 1
	return (n + mask) &^ mask
}

// pad puts the length before a plaintext, and zeros behind it.
func pad(plaintext []byte) []byte {
	b := make([]byte, paddedSize(4+len(plaintext)))
	binary.BigEndian.PutUint32(b, uint32(len(plaintext)))
	copy(b[4:], plaintext)
	return b
}

// unpad is the inverse of pad. It takes only what pad makes. What it returns is a
// part of b.
func unpad(b []byte) ([]byte, error) {
	if len(b) < 4 {
		return nil, fmt.Errorf("%w: a body of %d bytes", crypto.ErrMalformed, len(b))
	}
	n := uint64(binary.BigEndian.Uint32(b))
	if n > uint64(len(b)-4) || paddedSize(4+int(n)) != len(b) {
		return nil, fmt.Errorf("%w: padding of the body", crypto.ErrMalformed)
	}
	var rest byte
	for _, c := range b[4+n:] {
		rest |= c
	}
	if rest != 0 {
		return nil, fmt.Errorf("%w: padding of the body", crypto.ErrMalformed)
	}
	return b[4 : 4+n : 4+n], nil
}
