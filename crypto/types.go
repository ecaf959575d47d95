package crypto

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
)

// Digest is a SHA-256. Its text is base64url without padding, 43 characters.
type Digest [sha256.Size]byte

// Sum is the SHA-256 of b as it is, without a label: of records, slot files and
// VAULT, so that anybody can check it with sha256sum.
func Sum(b []byte) Digest { return sha256.Sum256(b) }

func (d Digest) String() string { return base64.RawURLEncoding.EncodeToString(d[:]) }

// IsZero tells whether d stands for "none".
func (d Digest) IsZero() bool { return d == Digest{} }

// ParseDigest reads the text form.
func ParseDigest(s string) (d Digest, err error) {
	if len(s) != base64.RawURLEncoding.EncodedLen(len(d)) {
		return d, fmt.Errorf("%w: digest of %d characters", ErrMalformed, len(s))
	}
	// The decoder skips line ends, and then there are too few bytes.
	if n, err := base64.RawURLEncoding.Strict().Decode(d[:], []byte(s)); err != nil || n != len(d) {
		return Digest{}, fmt.Errorf("%w: digest", ErrMalformed)
	}
	return d, nil
}

// ID is a vault's id: 16 random bytes, 32 lower-case hex digits as text.
type ID [16]byte

// NewID draws an id.
func NewID() (id ID) {
	rand.Read(id[:]) // never fails since Go 1.24
	return id
}

func (id ID) String() string { return hex.EncodeToString(id[:]) }

// ParseID reads the text form.
func ParseID(s string) (ID, error) {
	var id ID
	err := parseHex(id[:], s, "vault id")
	return id, err
}

// Pin is the public half of the key that signs a vault's heads. Whoever knows a
// vault's pin knows it from every other vault. 64 lower-case hex digits as text.
type Pin [32]byte

func (p Pin) String() string { return hex.EncodeToString(p[:]) }

// ParsePin reads the text form.
func ParsePin(s string) (Pin, error) {
	var p Pin
	err := parseHex(p[:], s, "pin")
	return p, err
}

// Replica tells the machines that write to a vault apart. It is random, and
// kept on the machine, never in the vault. 16 lower-case hex digits as text.
type Replica [8]byte

// NewReplica draws a replica.
func NewReplica() (r Replica) {
	rand.Read(r[:])
	return r
}

func (r Replica) String() string { return hex.EncodeToString(r[:]) }

// ParseReplica reads the text form.
func ParseReplica(s string) (Replica, error) {
	var r Replica
	err := parseHex(r[:], s, "replica")
	return r, err
}

// parseHex takes lower-case digits only: there is one spelling of each value.
func parseHex(dst []byte, s, what string) error {
	if len(s) != hex.EncodedLen(len(dst)) {
		return fmt.Errorf("%w: %s of %d digits, must be %d", ErrMalformed, what, len(s), hex.EncodedLen(len(dst)))
	}
	for _, c := range []byte(s) {
		if (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return fmt.Errorf("%w: %s is not lower-case hex", ErrMalformed, what)
		}
	}
	_, err := hex.Decode(dst, []byte(s))
	return err
}

// Suite is the kind of age identity that a vault has.
type Suite string

// The suites of format 1.
const (
	X25519 Suite = "x25519"
	Hybrid Suite = "hybrid" // ML-KEM-768 with X25519, post-quantum
)

// Point is a place in a vault's history: a commit and the digest of its head.
// The zero Point is "none".
type Point struct {
	Seq    uint64
	Digest Digest
}
