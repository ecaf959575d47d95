package keyring

import "fmt"

// SystemName is what people call an operating system that Go calls goos.
func SystemName(goos string) string {
	switch goos {
	case "linux":
		return "Linux"
	case "darwin":
		return "macOS"
	case "freebsd":
		return "FreeBSD"
	case "windows":
		return "Windows"
	}
	return goos
}

// noTPM is the error of a system on which no TPM is used.
func noTPM(goos string) error {
	return fmt.Errorf("%w: on %s tacit uses no TPM, only on Linux; use another key", ErrUnavailable, SystemName(goos))
}

// noDescriptors is the error of a system that hands no file descriptors to a program.
func noDescriptors(goos string) error {
	return fmt.Errorf("%s hands none to a program; use a file or a command", SystemName(goos))
}

// noKeyring is the error where the library knows no keyring of the system: on
// FreeBSD in a program that was built without cgo.
func noKeyring(goos string) error {
	return fmt.Errorf("%w: a tacit that was built without cgo knows none on %s; use another key, or build with CGO_ENABLED=1", ErrNoKeyring, SystemName(goos))
}
