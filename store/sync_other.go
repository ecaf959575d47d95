//go:build !unix

package store

// canReadOnly: Badger has no read-only mode on Windows; there a reader opens
// for writing, alone, and writes nothing.
const canReadOnly = false

// syncDir does nothing: folders cannot be synced here.
func syncDir(string) error { return nil }
