//go:build !linux

package keyring

// osReady leaves it to the library.
func osReady() error { return nil }

func osPlatformError(error) error { return nil }
