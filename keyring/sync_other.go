//go:build !unix

package keyring

// syncFolder does nothing where folders cannot be opened as files.
func syncFolder(string) error { return nil }
