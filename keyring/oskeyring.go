package keyring

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"time"

	"filippo.io/age"
	system "github.com/zalando/go-keyring"

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

const (
	osService = "tacit"
	// osTime is how long the keyring may take: it may ask its user for a password.
	osTime = 10 * time.Second
)

// osAccount is the name of a slot's key in the keyring.
func osAccount(recipient string) string {
	sum := sha256.Sum256([]byte(recipient))
	return hex.EncodeToString(sum[:16])
}

// NewOSKey makes an age identity, post-quantum with pq, puts it into the
// operating system's keyring and returns its recipient.
func NewOSKey(ctx context.Context, pq bool) (recipient string, err error) {
	secret, recipient, err := generate(pq)
	if err != nil {
		return "", fmt.Errorf("making an identity: %w", err)
	}
	err = osCall(ctx, func() error { return system.Set(osService, osAccount(recipient), secret) })
	if err != nil {
		return "", err
	}
	// What cannot be read back would lock its owner out.
	back, err := osSecret(ctx, recipient)
	if err == nil && back != secret {
		err = fmt.Errorf("%w: it gives back another key than it was given", ErrNoKeyring)
	}
	return recipient, err
}

// ForgetOSKey removes the key of a recipient from the keyring. One that is not
// there is no error.
func ForgetOSKey(ctx context.Context, recipient string) error {
	err := osCall(ctx, func() error { return system.Delete(osService, osAccount(recipient)) })
	if errors.Is(err, ErrNotInKeyring) {
		return nil
	}
	return err
}

func osSecret(ctx context.Context, recipient string) (secret string, err error) {
	err = osCall(ctx, func() (err error) {
		secret, err = system.Get(osService, osAccount(recipient))
		return err
	})
	if err != nil {
		return "", err
	}
	return secret, nil
}

// osCall calls the keyring, which knows no time limits, and says what went
// wrong. A call that takes too long is left behind.
func osCall(ctx context.Context, call func() error) error {
	if err := osReady(); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeoutCause(ctx, osTime, ErrKeyringLocked)
	defer cancel()
	done := make(chan error, 1)
	go func() { done <- call() }()
	select {
	case err := <-done:
		return osError(err)
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// osError tells the keyring's failures apart. It does not pass on what the
// keyring says where that is not known.
func osError(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, system.ErrNotFound):
		return ErrNotInKeyring
	case errors.Is(err, system.ErrUnsupportedPlatform):
		return noKeyring(runtime.GOOS)
	}
	if known := osPlatformError(err); known != nil {
		return known
	}
	return fmt.Errorf("%w: %w", ErrNoKeyring, err)
}

// osKey opens slots of kind keyring.
type osKey struct{}

var _ Key = osKey{}

// OSKey is the operating system's keyring as a key. It is not asked for anything
// but the key of a slot that is to be opened.
func OSKey() Key { return osKey{} }

// Name is "system's keyring".
func (osKey) Name() string { return "system's keyring" }

// Unwrap gets the slot's key out of the keyring.
func (osKey) Unwrap(ctx context.Context, s crypto.Slot, file []byte) ([]byte, error) {
	if s.Kind != crypto.KindKeyring {
		return nil, fmt.Errorf("%w: a slot of kind %s", ErrWrongKey, s.Kind)
	}
	secret, err := osSecret(ctx, s.Recipient)
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
