package crypto

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
)

// Everything that is hashed, MACed or signed is encoded in one way only: a
// label, the number of fields, each field behind its length. Two different
// lists of fields never have the same bytes, and no two uses share a label.

// Encode returns u32 len(label) | label | u32 n | (u32 len(f) | f) for each f, big-endian.
func Encode(label string, fields ...[]byte) []byte {
	n := 8 + len(label)
	for _, f := range fields {
		n += 4 + len(f)
	}
	b := make([]byte, 0, n)
	b = binary.BigEndian.AppendUint32(b, uint32(len(label)))
	b = append(b, label...)
	b = binary.BigEndian.AppendUint32(b, uint32(len(fields)))
	for _, f := range fields {
		b = binary.BigEndian.AppendUint32(b, uint32(len(f)))
		b = append(b, f...)
	}
	return b
}

// Decode is the inverse of Encode. It returns the fields as slices of b. It
// refuses another label, more than most fields, lengths past the end and bytes
// left over, with an error wrapping ErrMalformed.
func Decode(label string, b []byte, most int) ([][]byte, error) {
	head := 8 + len(label)
	if len(b) < head ||
		binary.BigEndian.Uint32(b) != uint32(len(label)) ||
		string(b[4:4+len(label)]) != label {
		return nil, fmt.Errorf("%w: no %q", ErrMalformed, label)
	}
	n := binary.BigEndian.Uint32(b[4+len(label):])
	if n > uint32(most) {
		return nil, fmt.Errorf("%w: %q with %d fields, at most %d", ErrMalformed, label, n, most)
	}
	b = b[head:]
	fields := make([][]byte, 0, n)
	for range n {
		if len(b) < 4 {
			return nil, fmt.Errorf("%w: %q is cut short", ErrMalformed, label)
		}
		size := binary.BigEndian.Uint32(b)
		b = b[4:]
		if uint64(size) > uint64(len(b)) {
			return nil, fmt.Errorf("%w: %q is cut short", ErrMalformed, label)
		}
		fields = append(fields, b[:size:size])
		b = b[size:]
	}
	if len(b) != 0 {
		return nil, fmt.Errorf("%w: %d bytes after %q", ErrMalformed, len(b), label)
	}
	return fields, nil
}

// Hash is the SHA-256 of the fields as Encode puts them.
func Hash(label string, fields ...[]byte) Digest {
	return sha256.Sum256(Encode(label, fields...))
}

// Number is a u64 field.
func Number(n uint64) []byte { return binary.BigEndian.AppendUint64(nil, n) }

// ReadNumber reads a u64 field.
func ReadNumber(field []byte) (uint64, error) {
	if len(field) != 8 {
		return 0, fmt.Errorf("%w: a number of %d bytes", ErrMalformed, len(field))
	}
	return binary.BigEndian.Uint64(field), nil
}
