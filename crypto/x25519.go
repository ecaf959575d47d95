package crypto

import (
	"crypto/cipher"
	"crypto/ecdh"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"

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

// scalarIdentity is age's X25519Identity, with a key that was parsed once: a curve
// multiplication to make it and one to unwrap, where age takes two and two. It takes the
// same stanzas and strings.
type scalarIdentity struct {
	redacted
	scalar *ecdh.PrivateKey
	point  []byte // the public half of it
}

var _ age.Identity = scalarIdentity{}

// parseScalarIdentity reads "AGE-SECRET-KEY-1…" as age prints it. The error wraps
// ErrMalformed and holds nothing of s.
func parseScalarIdentity(s string) (scalarIdentity, error) {
	secret, err := identityBytes(s)
	if err != nil {
		return scalarIdentity{}, err
	}
	defer clear(secret)
	scalar, err := ecdh.X25519().NewPrivateKey(secret)
	if err != nil {
		return scalarIdentity{}, fmt.Errorf("%w: identity", ErrMalformed)
	}
	return scalarIdentity{scalar: scalar, point: scalar.PublicKey().Bytes()}, nil
}

// recipientText is the recipient as age prints it.
func (i scalarIdentity) recipientText() string {
	return strings.ToLower(bech32Text(publicPrefix, i.point))
}

// Unwrap opens the first stanza that is for this identity, as age.X25519Identity does.
func (i scalarIdentity) Unwrap(stanzas []*age.Stanza) ([]byte, error) {
	for _, s := range stanzas {
		fileKey, err := i.unwrap(s)
		if !errors.Is(err, age.ErrIncorrectIdentity) {
			return fileKey, err
		}
	}
	return nil, age.ErrIncorrectIdentity
}

// unwrap opens one stanza. Points of low order are refused by crypto/ecdh.
func (i scalarIdentity) unwrap(s *age.Stanza) ([]byte, error) {
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
	theirs, err := i.scalar.Curve().NewPublicKey(share)
	if err != nil {
		return nil, fmt.Errorf("%w: X25519 stanza", ErrMalformed)
	}
	secret, err := i.scalar.ECDH(theirs)
	if err != nil {
		return nil, fmt.Errorf("%w: X25519 stanza with a point of low order", ErrMalformed)
	}
	defer clear(secret)
	aead, err := wrapping(secret, share, i.point)
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
