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

// noDescriptors is the error of a system that hands no file descriptors to a program.
func noDescriptors(goos string) error {
	return fmt.Errorf("%s hands none to a program; use a file or a command", SystemName(goos))
}
