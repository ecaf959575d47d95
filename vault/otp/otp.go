// Package otp makes one-time passwords of RFC 4226 (HOTP) and RFC 6238 (TOTP)
// out of secrets as sites give them: otpauth:// URIs, or bare base32. The codes of
// Steam, which are those of RFC 6238 in other characters, are made too.
//
// The codes are HMACs of crypto/hmac, cut to digits as the RFCs say; nothing else
// is computed here. Errors never hold a part of a secret.
package otp

import (
	"crypto/hmac"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/binary"
	"fmt"
	"hash"
	"math"
	"time"
)

// Type is how codes go on.
type Type string

// The types.
const (
	TOTP Type = "totp" // with the clock
	HOTP Type = "hotp" // with a counter, which each code uses up
)

// Limits, and what is meant where nothing is said.
const (
	MinDigits, MaxDigits, defaultDigits = 6, 8, 6
	MaxPeriod, defaultPeriod            = 86400, 30 // seconds
	MaxSecret                           = 256       // bytes
	minBare                             = 10        // bytes of a secret that stands alone: 80 bits, 16 characters
	maxURI                              = 4096      // bytes
	defaultAlgorithm                    = "SHA1"
)

// steamDigits are what Steam's five characters are taken from.
const (
	steamDigits = "23456789BCDFGHJKMNPQRTVWXY"
	steamLength = 5
)

// maxCounter leaves room for one more.
const maxCounter = math.MaxInt64 - 1

// A Key is what codes are made of.
type Key struct {
	Type      Type
	Issuer    string // "" where it is not said
	Account   string // the same
	Algorithm string // SHA1, SHA256, SHA512
	Digits    int    // characters of a code
	Steam     bool   // codes are in Steam's characters; TOTP
	Period    int    // seconds; TOTP
	Counter   uint64 // of the next code; HOTP

	secret []byte
}

// String hides the secret.
func (k Key) String() string { return "[redacted]" }

// GoString hides the secret.
func (k Key) GoString() string { return k.String() }

// Wipe overwrites the secret.
func (k Key) Wipe() { clear(k.secret) }

// hash is the key's hash function.
func (k Key) hash() func() hash.Hash {
	switch k.Algorithm {
	case "SHA256":
		return sha256.New
	case "SHA512":
		return sha512.New
	}
	return sha1.New
}

// Code is the code of a counter, as RFC 4226 §5.3 has it, or as Steam writes it.
func (k Key) Code(counter uint64) string {
	mac := hmac.New(k.hash(), k.secret)
	mac.Write(binary.BigEndian.AppendUint64(nil, counter))
	sum := mac.Sum(nil)
	offset := sum[len(sum)-1] & 0xf
	n := binary.BigEndian.Uint32(sum[offset:]) & 0x7fffffff
	clear(sum)
	if k.Steam {
		code := make([]byte, steamLength)
		for i := range code {
			code[i] = steamDigits[n%uint32(len(steamDigits))]
			n /= uint32(len(steamDigits))
		}
		return string(code)
	}
	mod := uint32(1)
	for range k.Digits {
		mod *= 10
	}
	return fmt.Sprintf("%0*d", k.Digits, n%mod)
}

// At is the code of a time, and until when it is the one; TOTP. Before 1970 it is
// 1970.
func (k Key) At(t time.Time) (code string, until time.Time) {
	step := max(t.Unix(), 0) / int64(k.Period)
	return k.Code(uint64(step)), time.Unix((step+1)*int64(k.Period), 0).UTC()
}
