package store

import (
	"bytes"
	"fmt"
)

// budget counts a transaction's entries and bytes. Every store applies the
// same one, so that code tested on memory does not fail on disk.
type budget struct {
	entries      int
	small, large int
}

// badgerPrefix begins the keys that Badger keeps for itself.
var badgerPrefix = []byte("!badger!")

// checkKey tells whether a key may be stored.
func checkKey(key []byte) error {
	switch {
	case len(key) == 0:
		return fmt.Errorf("%w: it is empty", ErrInvalidKey)
	case len(key) > MaxKey:
		return fmt.Errorf("%w: a key of %d bytes, at most %d", ErrTooBig, len(key), MaxKey)
	case bytes.HasPrefix(key, badgerPrefix):
		return fmt.Errorf("%w: it is the database's own", ErrInvalidKey)
	}
	return nil
}

// add takes one more entry, or returns an error wrapping ErrTooBig and stays
// as it is.
func (b *budget) add(key, value []byte) error {
	if err := checkKey(key); err != nil {
		return err
	}
	if len(value) > MaxValue {
		return fmt.Errorf("%w: a value of %d bytes, at most %d", ErrTooBig, len(value), MaxValue)
	}
	next := *b
	next.entries++
	next.small += len(key)
	if len(value) > LargeValue {
		next.large += len(key) + len(value) + entryOverhead
	} else {
		next.small += len(value)
	}
	switch {
	case next.entries > MaxTxEntries:
		return fmt.Errorf("%w: more than %d entries", ErrTooBig, MaxTxEntries)
	case next.small > MaxTxBytes:
		return fmt.Errorf("%w: more than %d bytes", ErrTooBig, MaxTxBytes)
	case next.large > MaxTxLarge:
		return fmt.Errorf("%w: more than %d bytes of large values", ErrTooBig, MaxTxLarge)
	}
	*b = next
	return nil
}

// entryOverhead is what an entry takes up in a log or a table beside its key
// and value, at most.
const entryOverhead = 48

// logged is how many bytes the transaction puts into the log, and later into a
// table. Large values are not among them.
func (b budget) logged() int64 { return int64(b.small + b.entries*entryOverhead) }
