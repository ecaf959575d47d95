//go:build !linux

package oskeyring

// osReady leaves it to the library.
func osReady() error { return nil }

func osPlatformError(error) error { return nil }
