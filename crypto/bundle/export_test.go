package bundle

import (
	"github.com/tacit-vault/tacit/crypto"
)

// What the tests need to make bundles that Seal refuses to make.

var (
	PaddedSize = paddedSize
	Pad        = pad
	Unpad      = unpad
)

// Plaintext is what Seal seals, without its padding.
func Plaintext(h Head, c Content) []byte {
	h.Kind = c.Kind()
	return encodeContent(h, c)
}

// ParsePlaintext is what Open does with it.
func ParsePlaintext(h Head, b []byte) (Content, error) { return parseContent(h, b) }

// SealBody makes a sound bundle of whatever bytes are given as the body.
func SealBody(h Head, body []byte, key *SigningKey) []byte {
	h.Size, h.Body = uint64(len(body)), crypto.Sum(body)
	return assemble(h, body, key)
}

// MemberBytes is a member as it is encoded.
func MemberBytes(m Member) []byte { return m.encode() }
