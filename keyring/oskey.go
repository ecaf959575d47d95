package keyring

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"

	"filippo.io/age"

	"github.com/tacit-vault/tacit/crypto"
)

// What the operating system's keyring can fail at, told apart because each has
// its own way out. Each wraps [crypto.ErrUnavailable].
var (
	ErrNoBus         = fmt.Errorf("%w: there is no session bus: run tacit in the desktop session, or under dbus-run-session", crypto.ErrUnavailable)
	ErrNoService     = fmt.Errorf("%w: no secret service runs on the session bus: start gnome-keyring, KWallet or KeePassXC", crypto.ErrUnavailable)
	ErrKeyringLocked = fmt.Errorf("%w: the system's keyring is locked, or its prompt was not answered: unlock it, and try again", crypto.ErrUnavailable)
	ErrNotInKeyring  = fmt.Errorf("%w: the key of this slot is not in the system's keyring: it was removed, or is that of another machine", crypto.ErrUnavailable)
	ErrNoKeyring     = fmt.Errorf("%w: the system's keyring cannot be used", crypto.ErrUnavailable)
)

// osName is the name of a slot's key in the keyring.
func osName(recipient string) string {
	sum := sha256.Sum256([]byte(recipient))
	return hex.EncodeToString(sum[:16])
}

// NewOSKey makes an age identity, post-quantum with pq, puts it into the
// operating system's keyring and returns its recipient.
func (k Kinds) NewOSKey(ctx context.Context, pq bool) (recipient string, err error) {
	if err := k.Check(crypto.KindKeyring); err != nil {
		return "", err
	}
	secret, recipient, err := generate(pq)
	if err != nil {
		return "", fmt.Errorf("making an identity: %w", err)
	}
	if err := k.OSKeyring.Set(ctx, osName(recipient), secret); err != nil {
		return "", err
	}
	// What cannot be read back would lock its owner out.
	back, err := k.OSKeyring.Get(ctx, osName(recipient))
	if err == nil && back != secret {
		err = fmt.Errorf("%w: it gives back another key than it was given", ErrNoKeyring)
	}
	return recipient, err
}

// ForgetOSKey removes the key of a recipient from the keyring. One that is not
// there is no error.
func (k Kinds) ForgetOSKey(ctx context.Context, recipient string) error {
	if err := k.Check(crypto.KindKeyring); err != nil {
		return err
	}
	err := k.OSKeyring.Delete(ctx, osName(recipient))
	if errors.Is(err, ErrNotInKeyring) {
		return nil
	}
	return err
}

// ProbeOSKey tells whether the key of a slot can be had from the operating
// system's keyring, without getting it and without a prompt: nil, or which of
// ErrNoBus, ErrNoService, ErrKeyringLocked, ErrNotInKeyring or ErrNoKeyring it is.
// Where the keyring cannot be asked without a prompt it is nil.
func (k Kinds) ProbeOSKey(ctx context.Context, recipient string) error {
	if err := k.Check(crypto.KindKeyring); err != nil {
		return err
	}
	return k.OSKeyring.Probe(ctx, osName(recipient))
}

// osKey opens slots of kind keyring.
type osKey struct{ keyring OSKeyring }

var _ Key = osKey{}

// osKeyName is the keyring's name as a key, linked or not.
const osKeyName = "system's keyring"

// OSKey is the operating system's keyring as a key. It is not asked for anything
// but the key of a slot that is to be opened.
func (k Kinds) OSKey() Key {
	if k.OSKeyring == nil {
		return absent{crypto.KindKeyring, osKeyName}
	}
	return osKey{k.OSKeyring}
}

// Name is "system's keyring".
func (osKey) Name() string { return osKeyName }

// Unwrap gets the slot's key out of the keyring.
func (k osKey) Unwrap(ctx context.Context, s crypto.Slot, file []byte) ([]byte, error) {
	if s.Kind != crypto.KindKeyring {
		return nil, fmt.Errorf("%w: a slot of kind %s", ErrWrongKey, s.Kind)
	}
	secret, err := k.keyring.Get(ctx, osName(s.Recipient))
	if err != nil {
		return nil, err
	}
	id, err := parseAge(secret)
	if err != nil {
		return nil, fmt.Errorf("%w: what lies in the keyring is no age identity", ErrNoKeyring)
	}
	return crypto.OpenSlotFile(file, func(stanza *age.Stanza) ([]byte, error) {
		key, err := id.Unwrap([]*age.Stanza{stanza})
		if err != nil && !errors.Is(err, age.ErrIncorrectIdentity) {
			return nil, fmt.Errorf("%w: %s stanza", ErrMalformed, stanza.Type)
		}
		return key, err
	})
}

func parseAge(secret string) (age.Identity, error) {
	if strings.HasPrefix(secret, "AGE-SECRET-KEY-PQ-1") {
		return age.ParseHybridIdentity(secret)
	}
	return age.ParseX25519Identity(secret)
}

// keyringLock is the lock of a key that lies in the keyring.
type keyringLock struct{ Lock }

// Kind is keyring.
func (keyringLock) Kind() string { return crypto.KindKeyring }
