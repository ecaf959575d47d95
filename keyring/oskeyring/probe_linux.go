package oskeyring

import (
	"context"
	"time"

	"github.com/godbus/dbus/v5"

	"github.com/tacit-vault/tacit/keyring"
)

// probeTime is how long the bus may take for an answer that needs nobody.
var probeTime = 3 * time.Second // but for tests

// Probe asks the secret service for a secret of that name, and not for the secret.
func (Kind) Probe(ctx context.Context, name string) error {
	if err := osReady(); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeoutCause(ctx, probeTime, keyring.ErrNoKeyring)
	defer cancel()
	conn, err := dbus.ConnectSessionBus(dbus.WithContext(ctx))
	if err != nil {
		return osError(err)
	}
	defer conn.Close()
	service := conn.Object("org.freedesktop.secrets", "/org/freedesktop/secrets")
	var open, locked []dbus.ObjectPath
	attributes := map[string]string{"service": osService, "username": name}
	err = service.CallWithContext(ctx, "org.freedesktop.Secret.Service.SearchItems", 0, attributes).Store(&open, &locked)
	switch {
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case err != nil:
		return osError(err)
	case len(open) > 0:
		return nil
	case len(locked) > 0:
		return keyring.ErrKeyringLocked
	}
	return keyring.ErrNotInKeyring
}
