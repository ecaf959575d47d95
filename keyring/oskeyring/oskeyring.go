// Package oskeyring keeps keys in the operating system's keyring: the secret service of
// a Linux desktop, the keychain of macOS, the credentials of Windows. A program that
// imports it hands it to package keyring:
//
//	kinds := keyring.Kinds{OSKeyring: oskeyring.Kind{}}
//	v, err := vault.Open(ctx, dir, vault.Options{Keys: []crypto.Key{kinds.OSKey()}})
package oskeyring

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"time"

	system "github.com/zalando/go-keyring"

	"github.com/tacit-vault/tacit/keyring"
)

const osService = "tacit"

// osTime is how long the keyring may take: it may ask its user for a password.
var osTime = 10 * time.Second // but for tests

// Kind is the operating system's keyring.
type Kind struct{}

var _ keyring.OSKeyring = Kind{}

// Set keeps a secret.
func (Kind) Set(ctx context.Context, name, secret string) error {
	return osCall(ctx, func() error { return system.Set(osService, name, secret) })
}

// Get is the secret of a name.
func (Kind) Get(ctx context.Context, name string) (secret string, err error) {
	err = osCall(ctx, func() (err error) {
		secret, err = system.Get(osService, name)
		return err
	})
	if err != nil {
		return "", err
	}
	return secret, nil
}

// Delete removes a secret.
func (Kind) Delete(ctx context.Context, name string) error {
	return osCall(ctx, func() error { return system.Delete(osService, name) })
}

// osCall calls the keyring, which knows no time limits, and says what went
// wrong. A call that takes too long is left behind.
func osCall(ctx context.Context, call func() error) error {
	if err := osReady(); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeoutCause(ctx, osTime, keyring.ErrKeyringLocked)
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
		return keyring.ErrNotInKeyring
	case errors.Is(err, system.ErrUnsupportedPlatform):
		return noKeyring(runtime.GOOS)
	}
	if known := osPlatformError(err); known != nil {
		return known
	}
	return fmt.Errorf("%w: %w", keyring.ErrNoKeyring, err)
}

// noKeyring is the error where the library knows no keyring of the system: on
// FreeBSD in a program that was built without cgo.
func noKeyring(goos string) error {
	return fmt.Errorf("%w: a tacit that was built without cgo knows none on %s; use another key, or build with CGO_ENABLED=1", keyring.ErrNoKeyring, keyring.SystemName(goos))
}
