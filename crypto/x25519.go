package crypto

import (
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/base64"
	"fmt"

	"filippo.io/age"
	"golang.org/x/crypto/chacha20poly1305"
)

const x25519Label = "age-encryption.org/v1/X25519"

var ageBase64 = base64.RawStdEncoding.Strict()

// unwrapX25519 is age's X25519Identity.Unwrap with a key that was parsed once:
// one curve multiplication. Points of low order are refused by crypto/ecdh.
func (k *Keys) unwrapX25519(s *age.Stanza) ([]byte, error) {
	if s.Type != typeX25519 {
		return nil, age.ErrIncorrectIdentity
	}
	if len(s.Args) != 1 || len(s.Args[0]) != x25519Arg || len(s.Body) != fileKeySize+tagSize {
		return nil, fmt.Errorf("%w: X25519 stanza", ErrMalformed)
	}
	share, err := ageBase64.DecodeString(s.Args[0])
	if err != nil {
		return nil, fmt.Errorf("%w: X25519 stanza", ErrMalformed)
	}
	theirs, err := k.scalar.Curve().NewPublicKey(share)
	if err != nil {
		return nil, fmt.Errorf("%w: X25519 stanza", ErrMalformed)
	}
	secret, err := k.scalar.ECDH(theirs)
	if err != nil {
		return nil, fmt.Errorf("%w: X25519 stanza with a point of low order", ErrMalformed)
	}
	defer clear(secret)
	salt := append(share[:len(share):len(share)], k.point...)
	key, err := hkdf.Key(sha256.New, secret, salt, x25519Label, chacha20poly1305.KeySize)
	if err != nil {
		return nil, fmt.Errorf("opening the stanza: %w", err)
	}
	defer clear(key)
	aead, err := chacha20poly1305.New(key)
	if err != nil {
		return nil, fmt.Errorf("opening the stanza: %w", err)
	}
	// The nonce is zero: the key is used once.
	fileKey, err := aead.Open(nil, make([]byte, chacha20poly1305.NonceSize), s.Body, nil)
	if err != nil {
		return nil, age.ErrIncorrectIdentity
	}
	return fileKey, nil
}
