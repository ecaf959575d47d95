package oskeyring

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"syscall"

	"github.com/godbus/dbus/v5"

	"github.com/tacit-vault/tacit/keyring"
)

// osReady looks whether there is a session bus at all: without one the library
// would start one by itself, which nobody's keyring is on.
func osReady() error {
	if address := os.Getenv("DBUS_SESSION_BUS_ADDRESS"); address != "" && address != "autolaunch:" {
		return nil
	}
	for _, name := range []string{"bus", "dbus-session"} {
		if _, err := os.Stat(fmt.Sprintf("/run/user/%d/%s", os.Getuid(), name)); err == nil {
			return nil
		}
	}
	return keyring.ErrNoBus
}

// osPlatformError knows what the bus and the secret service answer.
func osPlatformError(err error) error {
	var answer dbus.Error
	switch {
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, syscall.ECONNREFUSED), errors.Is(err, syscall.EACCES):
		return keyring.ErrNoBus
	case errors.As(err, &answer):
		switch name := answer.Name; {
		case strings.HasPrefix(name, "org.freedesktop.DBus.Error.Spawn."),
			name == "org.freedesktop.DBus.Error.ServiceUnknown", name == "org.freedesktop.DBus.Error.NameHasNoOwner":
			return keyring.ErrNoService
		case name == "org.freedesktop.Secret.Error.IsLocked", name == "org.freedesktop.DBus.Error.NoReply":
			return keyring.ErrKeyringLocked
		case name == "org.freedesktop.Secret.Error.NoSuchObject", name == "org.freedesktop.DBus.Error.UnknownMethod", name == "org.freedesktop.DBus.Error.UnknownObject":
			return fmt.Errorf("%w: it has no login keyring yet: unlock it once in the desktop session", keyring.ErrNoKeyring)
		}
	case strings.Contains(err.Error(), "unlock correct collection"), strings.Contains(err.Error(), "dismissed"):
		return keyring.ErrKeyringLocked // the library has no type for it
	}
	return nil
}
