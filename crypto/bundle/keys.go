package bundle

import (
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"log/slog"

	"github.com/tacit-vault/tacit/crypto"
)

// PublicKey is a member's Ed25519 key.
type PublicKey [ed25519.PublicKeySize]byte

// Signature is a signature of a bundle or a charter.
type Signature [ed25519.SignatureSize]byte

func (k PublicKey) String() string { return hex.EncodeToString(k[:]) }

// IsZero tells whether k stands for "none".
func (k PublicKey) IsZero() bool { return k == PublicKey{} }

// verifies tells whether sig is this key's signature of the message.
func (k PublicKey) verifies(message []byte, sig Signature) bool {
	return ed25519.Verify(k[:], message, sig[:])
}

// SigningKey is the private half of a member's key. It prints as [redacted].
type SigningKey struct {
	redacted
	key ed25519.PrivateKey
}

// SeedSize is how many bytes a SigningKey is kept in.
const SeedSize = ed25519.SeedSize

// NewSigningKey draws a key.
func NewSigningKey() *SigningKey {
	var seed [SeedSize]byte
	defer clear(seed[:])
	rand.Read(seed[:]) // never fails since Go 1.24
	return &SigningKey{key: ed25519.NewKeyFromSeed(seed[:])}
}

// ParseSigningKey is the key of a seed of 32 bytes, which stays the caller's to
// wipe. The error wraps crypto.ErrMalformed.
func ParseSigningKey(seed []byte) (*SigningKey, error) {
	if len(seed) != SeedSize {
		return nil, fmt.Errorf("%w: a signing key of %d bytes", crypto.ErrMalformed, len(seed))
	}
	return &SigningKey{key: ed25519.NewKeyFromSeed(seed)}, nil
}

// Public is the public half.
func (k *SigningKey) Public() PublicKey { return PublicKey(k.key.Public().(ed25519.PublicKey)) }

// Reveal returns a copy of the seed, the secret itself.
func (k *SigningKey) Reveal() []byte { return k.key.Seed() }

// Wipe zeroes the key. It must not be used afterwards.
func (k *SigningKey) Wipe() { clear(k.key) }

func (k *SigningKey) sign(message []byte) Signature {
	return Signature(ed25519.Sign(k.key, message))
}

// RecipientSum is the SHA-256 of a recipient's text, which a charter names
// instead of the recipient.
func RecipientSum(recipient string) crypto.Digest { return sha256.Sum256([]byte(recipient)) }

// redacted, embedded first in a type that holds a secret, makes it print as
// "[redacted]" under every verb of fmt, in JSON and in slog.
type redacted struct{}

func (redacted) String() string               { return "[redacted]" }
func (redacted) GoString() string             { return "[redacted]" }
func (redacted) Format(f fmt.State, _ rune)   { _, _ = f.Write([]byte("[redacted]")) }
func (redacted) MarshalText() ([]byte, error) { return []byte("[redacted]"), nil }
func (redacted) LogValue() slog.Value         { return slog.StringValue("[redacted]") }
