package crypto

import (
	"crypto/hkdf"
	"crypto/sha256"
	"fmt"
	"slices"
	"strings"

	"filippo.io/age"
)

// Identity is a vault's age identity: everything in the vault can be derived
// from it, or read with it. It prints as [redacted].
type Identity struct {
	redacted
	suite     Suite
	canonical []byte // as age prints it
	free      func() // gives the memory of canonical back; nil for the heap's
}

// NewIdentity draws an identity of the suite, X25519 or Hybrid.
func NewIdentity(suite Suite) (*Identity, error) {
	switch suite {
	case X25519:
		i, err := age.GenerateX25519Identity()
		if err != nil {
			return nil, fmt.Errorf("drawing an identity: %w", err)
		}
		return &Identity{suite: suite, canonical: []byte(i.String())}, nil
	case Hybrid:
		i, err := age.GenerateHybridIdentity()
		if err != nil {
			return nil, fmt.Errorf("drawing an identity: %w", err)
		}
		return &Identity{suite: suite, canonical: []byte(i.String())}, nil
	}
	return nil, fmt.Errorf("%w: suite %q", ErrNewer, suite)
}

// ParseIdentity reads the canonical string of an identity: what age prints, in
// upper case, without a newline. Other spellings of the same identity are
// refused, because the derived keys hang on the spelling. Errors wrap
// ErrMalformed and never hold a part of s.
func ParseIdentity(s string) (*Identity, error) {
	// age's errors quote characters of what they could not parse: they are
	// dropped here.
	if strings.HasPrefix(s, "AGE-SECRET-KEY-PQ-1") {
		if i, err := age.ParseHybridIdentity(s); err == nil && i.String() == s {
			return &Identity{suite: Hybrid, canonical: []byte(s)}, nil
		}
	} else if secret, err := identityBytes(s); err == nil {
		clear(secret)
		return &Identity{suite: X25519, canonical: []byte(s)}, nil
	}
	return nil, fmt.Errorf("%w: not an age identity as age prints it", ErrMalformed)
}

// IdentityOf is the identity of the suite whose secret key is given: 32 bytes that
// are drawn or derived, and stay the caller's to wipe. The error wraps ErrMalformed
// or, for a suite, ErrNewer.
func IdentityOf(suite Suite, secret []byte) (*Identity, error) {
	if len(secret) != 32 {
		return nil, fmt.Errorf("%w: a secret key of %d bytes", ErrMalformed, len(secret))
	}
	switch suite {
	case X25519:
		return ParseIdentity(bech32Text(secretPrefix, secret))
	case Hybrid:
		return ParseIdentity(bech32Text(hybridPrefix, secret))
	}
	return nil, fmt.Errorf("%w: suite %q", ErrNewer, suite)
}

// Suite is the suite of the identity.
func (i *Identity) Suite() Suite { return i.suite }

// Reveal returns the canonical string, the secret itself.
func (i *Identity) Reveal() string { return string(i.canonical) }

// Equal tells whether both are the same identity.
func (i *Identity) Equal(o *Identity) bool { return slices.Equal(i.canonical, o.canonical) }

// Clone is a copy with bytes of its own, to be wiped by itself.
func (i *Identity) Clone() *Identity {
	return &Identity{suite: i.suite, canonical: slices.Clone(i.canonical)}
}

// Wipe zeroes the identity's bytes. Keys that were derived from it stay usable.
// An identity that is wiped opens nothing any more.
func (i *Identity) Wipe() {
	clear(i.canonical)
	if i.free != nil {
		i.canonical = nil
		i.free()
		i.free = nil
	}
}

// MoveTo keeps the identity's bytes in memory of the caller's choice from now
// on: at least Len bytes, which free gives back after they are wiped.
func (i *Identity) MoveTo(memory []byte, free func()) {
	n := copy(memory, i.canonical)
	clear(i.canonical)
	i.canonical, i.free = memory[:n], free
}

// Len is how many bytes the identity takes.
func (i *Identity) Len() int { return len(i.canonical) }

// wiped tells whether Wipe was called.
func (i *Identity) wiped() bool { return len(i.canonical) == 0 || i.canonical[0] == 0 }

// Unlock derives the keys of this identity in the vault with the id. It costs a
// few hashes and, in a classic vault, one curve multiplication.
func (i *Identity) Unlock(id ID) (k *Keys, err error) {
	erasing(func() { k, err = i.unlock(id) })
	return k, err
}

func (i *Identity) unlock(id ID) (*Keys, error) {
	if i.wiped() {
		return nil, ErrWiped
	}
	prk, err := hkdf.Extract(sha256.New, i.canonical, id[:])
	if err != nil {
		return nil, fmt.Errorf("deriving keys: %w", err)
	}
	k := &Keys{id: id, suite: i.suite, prk: [32]byte(prk)}
	clear(prk)
	if err := k.derive(); err != nil {
		return nil, err
	}
	if err := k.parse(i.Reveal()); err != nil {
		return nil, err
	}
	return k, nil
}
