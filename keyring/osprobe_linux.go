package keyring

import (
	"context"
	"time"

	"github.com/godbus/dbus/v5"
)

// probeTime is how long the bus may take for an answer that needs nobody.
const probeTime = 3 * time.Second

// ProbeOSKey tells whether the key of a slot can be had from the operating
// system's keyring, without getting it and without a prompt: nil, or which of
// ErrNoBus, ErrNoService, ErrKeyringLocked, ErrNotInKeyring or ErrNoKeyring it is.
func ProbeOSKey(ctx context.Context, recipient string) error {
	if err := osReady(); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeoutCause(ctx, probeTime, ErrNoKeyring)
	defer cancel()
	conn, err := dbus.ConnectSessionBus(dbus.WithContext(ctx))
	if err != nil {
		return osError(err)
	}
	defer conn.Close()
	service := conn.Object("org.freedesktop.secrets", "/org/freedesktop/secrets")
	var open, locked []dbus.ObjectPath
	attributes := map[string]string{"service": osService, "username": osAccount(recipient)}
	err = service.CallWithContext(ctx, "org.freedesktop.Secret.Service.SearchItems", 0, attributes).Store(&open, &locked)
	switch {
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case err != nil:
		return osError(err)
	case len(open) > 0:
		return nil
	case len(locked) > 0:
		return ErrKeyringLocked
	}
	return ErrNotInKeyring
}
