//go:build !unix

package tablestore

// sharesWithBadger: on Windows Badger opens only for writing. It would need the lock
// for itself, which a reader that hands over to it has.
const sharesWithBadger = false
