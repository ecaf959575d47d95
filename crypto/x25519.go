package crypto

import (
	"crypto/cipher"
	"crypto/ecdh"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"fmt"

	"filippo.io/age"
	"golang.org/x/crypto/chacha20poly1305"
)

const x25519Label = "age-encryption.org/v1/X25519"

var ageBase64 = base64.RawStdEncoding.Strict()

// noNonce is the nonce of a key that is used once.
var noNonce [chacha20poly1305.NonceSize]byte

// pointRecipient is age's X25519Recipient, with a key that was parsed once and two
// curve multiplications instead of three: age makes the ephemeral public key
// twice. The stanza has the same form.
type pointRecipient struct {
	key   *ecdh.PublicKey
	point []byte // of key
}

var _ age.Recipient = pointRecipient{}

func (r pointRecipient) Wrap(fileKey []byte) ([]*age.Stanza, error) {
	ephemeral, err := ecdh.X25519().GenerateKey(rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("drawing a key: %w", err)
	}
	secret, err := ephemeral.ECDH(r.key)
	if err != nil {
		return nil, fmt.Errorf("%w: a recipient of low order", ErrMalformed)
	}
	defer clear(secret)
	share := ephemeral.PublicKey().Bytes()
	aead, err := wrapping(secret, share, r.point)
	if err != nil {
		return nil, err
	}
	return []*age.Stanza{{
		Type: typeX25519,
		Args: []string{ageBase64.EncodeToString(share)},
		Body: aead.Seal(nil, noNonce[:], fileKey, nil),
	}}, nil
}

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
	aead, err := wrapping(secret, share, k.point)
	if err != nil {
		return nil, err
	}
	fileKey, err := aead.Open(nil, noNonce[:], s.Body, nil)
	if err != nil {
		return nil, age.ErrIncorrectIdentity
	}
	return fileKey, nil
}

// wrapping is the cipher that wraps the file key, from the shared secret and
// both public halves.
func wrapping(secret, share, point []byte) (cipher.AEAD, error) {
	salt := append(share[:len(share):len(share)], point...)
	key, err := hkdf.Key(sha256.New, secret, salt, x25519Label, chacha20poly1305.KeySize)
	if err != nil {
		return nil, fmt.Errorf("deriving the wrapping key: %w", err)
	}
	defer clear(key)
	aead, err := chacha20poly1305.New(key)
	if err != nil {
		return nil, fmt.Errorf("deriving the wrapping key: %w", err)
	}
	return aead, nil
}
