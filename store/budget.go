package store

import (
	"bytes"
	"fmt"
)

// A Budget counts a transaction's entries and bytes. Every store applies the
// same one, so that code tested on memory does not fail on disk.
type Budget struct {
	entries      int
	small, large int
}

// badgerPrefix begins the keys that Badger keeps for itself.
var badgerPrefix = []byte("!badger!")

// CheckKey returns an error wrapping ErrInvalidKey or ErrTooBig for a key that no store takes.
func CheckKey(key []byte) error {
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

// Add takes one more entry, or returns an error wrapping ErrTooBig and stays
// as it is.
func (b *Budget) Add(key, value []byte) error {
	if err := CheckKey(key); err != nil {
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

// Empty tells whether there is nothing to commit.
func (b Budget) Empty() bool { return b.entries == 0 }

// Small tells whether a store takes it that was opened with Options.Small.
func (b Budget) Small() bool {
	return b.entries <= SmallTxEntries && b.small <= SmallTxBytes && b.large == 0
}

// Large is how many bytes of values over LargeValue there are, with their keys.
func (b Budget) Large() int64 { return int64(b.large) }

// Logged is how many bytes the transaction puts into the log, and later into a
// table. Large values are not among them.
func (b Budget) Logged() int64 { return int64(b.small + b.entries*entryOverhead) }
