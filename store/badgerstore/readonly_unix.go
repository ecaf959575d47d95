//go:build unix

package badgerstore

// canReadOnly: Badger knows a read-only mode here.
const canReadOnly = true
