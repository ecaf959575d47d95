//go:build !unix

package badgerstore

// canReadOnly: Badger has no read-only mode on Windows; there a reader opens
// for writing, alone, and writes nothing.
const canReadOnly = false
