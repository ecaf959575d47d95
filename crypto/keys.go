package crypto

import (
	"crypto/ed25519"
	"crypto/hkdf"
	"crypto/sha256"
	"errors"
	"fmt"
	"sync"

	"filippo.io/age"
)

// ErrWiped means that keys were used after Wipe.
var ErrWiped = errors.New("the keys are wiped")

// Keys are a vault identity and what is derived from it for one vault. They
// print as [redacted] and are safe for concurrent use.
type Keys struct {
	redacted
	id    ID
	suite Suite

	mu    sync.RWMutex // guards all below against Wipe: take it with begin
	wiped bool
	prk   [32]byte // HKDF's pseudorandom key, of which the others are expanded
	bind  [32]byte // K_bind: MAC of records
	head  [32]byte // K_head: MAC of heads
	seed  [32]byte // K_sign as it is derived

	signer sync.Once          // guards sign and pin, which signing makes of seed
	sign   ed25519.PrivateKey // K_sign: signs heads and links
	pin    Pin

	recipient      age.Recipient       // for sealing; secret too: who has it can make a file that opens
	scalarIdentity                     // X25519 only
	hybrid         *age.HybridIdentity // Hybrid only
}

// ID is the id of the vault that the keys are for.
func (k *Keys) ID() ID { return k.id }

// Suite is the suite of the vault identity.
func (k *Keys) Suite() Suite { return k.suite }

// Pin is the vault's pin: the public half of the key that signs its heads. It
// takes about a millisecond the first time. After Wipe it is zero if nobody has
// asked before.
func (k *Keys) Pin() Pin {
	end, err := k.begin()
	if err == nil {
		k.signing()
		end()
	}
	return k.pin
}

// signing makes the signing key when it is first needed. The table of the curve
// behind it takes a millisecond, and a caller that only reads never signs. The
// caller holds off Wipe.
func (k *Keys) signing() ed25519.PrivateKey {
	k.signer.Do(func() {
		k.sign = ed25519.NewKeyFromSeed(k.seed[:])
		k.pin = Pin(k.sign.Public().(ed25519.PublicKey))
	})
	return k.sign
}

// BackupKey is the key for the vault's backups, 32 bytes.
func (k *Keys) BackupKey() ([]byte, error) {
	end, err := k.begin()
	if err != nil {
		return nil, err
	}
	defer end()
	return k.expand("backup")
}

// Wipe zeroes the derived keys and drops the rest. It waits for calls under
// way; later ones return ErrWiped. What age and crypto/ecdh hold is left to the
// garbage collector: neither offers a way to zero it.
func (k *Keys) Wipe() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.wiped = true
	clear(k.prk[:])
	clear(k.bind[:])
	clear(k.head[:])
	clear(k.seed[:])
	clear(k.sign)
	clear(k.point)
	k.sign, k.recipient, k.scalarIdentity, k.hybrid = nil, nil, scalarIdentity{}, nil
}

// begin holds off Wipe until end is called, or returns ErrWiped. It must not be
// nested: a Wipe that waits between the two would lock up.
func (k *Keys) begin() (end func(), err error) {
	k.mu.RLock()
	if k.wiped {
		k.mu.RUnlock()
		return nil, ErrWiped
	}
	return k.mu.RUnlock, nil
}

// expand derives the key for one use.
func (k *Keys) expand(use string) ([]byte, error) {
	key, err := hkdf.Expand(sha256.New, k.prk[:], "tacit/1/"+string(k.suite)+"/"+use, 32)
	if err != nil {
		return nil, fmt.Errorf("deriving the %s key: %w", use, err)
	}
	return key, nil
}

// derive fills in the keys that every use of a vault needs.
func (k *Keys) derive() error {
	bind, err := k.expand("bind")
	if err != nil {
		return err
	}
	head, err := k.expand("head")
	if err != nil {
		return err
	}
	seed, err := k.expand("sign")
	if err != nil {
		return err
	}
	k.bind, k.head, k.seed = [32]byte(bind), [32]byte(head), [32]byte(seed)
	clear(bind)
	clear(head)
	clear(seed)
	return nil
}

// parse fills in the age identity.
func (k *Keys) parse(canonical string) error {
	if k.suite == Hybrid {
		i, err := age.ParseHybridIdentity(canonical)
		if err != nil {
			return fmt.Errorf("%w: identity", ErrMalformed)
		}
		k.hybrid, k.recipient = i, i.Recipient()
		return nil
	}
	i, err := parseScalarIdentity(canonical)
	if err != nil {
		return err
	}
	k.scalarIdentity, k.recipient = i, pointRecipient{i.scalar.PublicKey(), i.point}
	return nil
}
