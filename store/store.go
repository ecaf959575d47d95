// Package store keeps ordered bytes: keys and values, changed in transactions
// that happen whole or not at all. It knows nothing of secrets.
//
// Here are the interface, its errors and its limits, and [NewMemory], a store that
// lives as long as the process, for tests. The store on disk is in badgerstore. Both
// pass the suite in storetest.
//
//	s, err := badgerstore.Open(ctx, dir, store.Options{Wait: 10 * time.Second})
//	…
//	defer s.Close()
//	err = s.Update(func(w store.Writer) error { return w.Put(key, value) })
//
// When Update has returned nil, the change survives a kill and a power loss.
// The store does not authenticate what it returns: a reader that must not be
// deceived by a damaged or edited disk checks the bytes against hashes of its
// own. What the store can tell from the files alone (one missing, a table cut
// short) it reports as [ErrCorrupt], and never as an absent key.
package store

import (
	"context"
	"errors"
	"iter"

	_ "github.com/tacit-vault/tacit/store/platform" // refuses what is not supported, at build time
)

// The errors of this package wrap one of these, or come from the function
// that the caller handed in.
var (
	// ErrNotFound: the key is absent.
	ErrNotFound = errors.New("key not found")
	// ErrTooBig: a key, a value or a transaction is over its limit.
	ErrTooBig = errors.New("too big for one transaction")
	// ErrInvalidKey: the key is empty, or one that the database keeps for itself.
	ErrInvalidKey = errors.New("invalid key")
	// ErrBusy: another process holds the store, and the wait ran out.
	ErrBusy = errors.New("store is in use by another process")
	// ErrReadOnly: the store was opened for reading, or lies on a medium or in
	// a folder that cannot be written.
	ErrReadOnly = errors.New("store is read-only")
	// ErrNoSpace: the disk has too little room to write safely.
	ErrNoSpace = errors.New("not enough free space")
	// ErrCorrupt: files of the store are missing, damaged or not its own.
	ErrCorrupt = errors.New("store is damaged")
	// ErrUnsafe: others than the owner can reach the store's files, or a link
	// stands where a file should.
	ErrUnsafe = errors.New("store is not private")
	// ErrNoStore: there is no store in this folder.
	ErrNoStore = errors.New("no store here")
	// ErrExists: a store is already in this folder.
	ErrExists = errors.New("a store is already here")
	// ErrRecovery: what an unclean stop left could not be brought into order,
	// for the reason that is wrapped beside it. Until then nothing can be read.
	ErrRecovery = errors.New("recovering from an unclean stop")
	// ErrStuck: the database does not come back from a call, for the reason that
	// is wrapped beside it: the disk fails, or does not answer for minutes. Nothing
	// acknowledged is lost. The process should end: what waits in it ends no other
	// way, and after an Open it keeps the lock.
	ErrStuck = errors.New("the database waits for the disk, which fails")
	// ErrNoPurge: the store cannot remove the bytes of what is deleted.
	ErrNoPurge = errors.New("this store cannot remove the bytes of what is deleted")
	// ErrNotLinked: this takes the database, and the program is linked without it.
	ErrNotLinked = errors.New("the database is not linked into this program (a Go program imports vault/ondisk)")
	// ErrClosed: the store, or the transaction, is over.
	ErrClosed = errors.New("store is closed")
	// ErrUncertain: a commit failed half way; it may have happened or not, and
	// only reading tells. The reason is wrapped beside it.
	ErrUncertain = errors.New("the change may or may not have been written")
)

// The limits of a transaction and of what is in it.
const (
	// MaxTxEntries is how many puts and deletes a transaction takes.
	// Badger's own limit with our 8 MiB memtable lies just above.
	MaxTxEntries = 7900
	// MaxTxBytes is how many bytes of keys and values a transaction takes.
	// Values over LargeValue count against MaxTxLarge instead.
	MaxTxBytes = 1 << 20
	// LargeValue is the length in bytes above which a value is kept apart from
	// the keys, in the value log.
	LargeValue = 64<<10 - 1
	// MaxTxLarge is how many bytes of values over LargeValue, with their keys
	// and a little more, a transaction takes. With it no value log outgrows the
	// 8 MiB that are mapped when it is made.
	MaxTxLarge = 4<<20 - 4<<10
	// MaxValue is the length of the longest value, in bytes. It fits into a
	// transaction together with MaxTxBytes of other entries.
	MaxValue = MaxTxLarge - MaxKey - entryOverhead
	// MaxKey is the length of the longest key, in bytes.
	MaxKey = 1024
)

// The limits of a transaction in a store that was opened with Options.Small. It takes no
// value over LargeValue.
const (
	SmallTxEntries = 500
	SmallTxBytes   = 96 << 10
)

// A Reader reads one consistent snapshot. It ends with the function that was
// given it, and then returns ErrClosed. It may be used by several goroutines.
type Reader interface {
	// Get returns a copy of the value, which is empty but not nil for a key
	// stored with no bytes, and an error wrapping ErrNotFound for an absent key.
	Get(key []byte) ([]byte, error)
	// Keys yields copies of the keys that begin with prefix, in ascending
	// order of their bytes, beginning with the first that is not below from.
	// It reads no values. An error is yielded once, with a nil key, and is the
	// last: what came before it is then not all there is.
	Keys(prefix, from []byte) iter.Seq2[[]byte, error]
}

// A Writer is a transaction under way. It sees its own changes; those made
// while a loop over Keys runs may or may not show up in that loop, and a key
// that was passed is never yielded twice. It is for one goroutine.
type Writer interface {
	Reader
	// Put stores a copy of value under key. An error wrapping ErrTooBig leaves
	// the transaction as it was: it can still be committed without this entry.
	Put(key, value []byte) error
	// Delete removes the key; an absent one is no error. It counts as an entry.
	Delete(key []byte) error
}

// A Store is safe for concurrent use. A function given to View or Update must
// not call its store again.
type Store interface {
	// View runs fn on one snapshot, which changes made meanwhile do not alter.
	View(fn func(Reader) error) error
	// Update runs fn and commits what it wrote, durably, if it returns nil.
	// Updates run one at a time. On an error nothing has changed, except where
	// it wraps ErrUncertain: then read before believing anything.
	Update(fn func(Writer) error) error
	// Close waits for running transactions. A second Close does nothing.
	Close() error
}

// A Purger can make deleted bytes unrecoverable from its own files.
type Purger interface {
	// Purge rewrites what holds deleted or replaced values, so that afterwards
	// no file of the store contains them. It waits for running transactions and
	// holds off new ones. Names of deleted keys may remain. Copies that the
	// medium keeps (snapshots, flash translation layers) are out of its reach.
	Purge(ctx context.Context) error
	// CheckPurge returns an error wrapping ErrNoSpace, with the bytes needed and
	// free, where Purge would find no room after all keys that begin with gone were
	// deleted; of none of them, where gone is empty. It changes no entry.
	CheckPurge(gone []byte) error
}

// Purge has a store do what Purger says. The error wraps ErrNoPurge where the store
// is none.
func Purge(ctx context.Context, s Store) error {
	if p, ok := s.(Purger); ok {
		return p.Purge(ctx)
	}
	return ErrNoPurge
}

// CheckPurge asks a store whether Purge would find room, as Purger says. The error
// wraps ErrNoPurge where the store is none.
func CheckPurge(s Store, gone []byte) error {
	if p, ok := s.(Purger); ok {
		return p.CheckPurge(gone)
	}
	return ErrNoPurge
}

// A Grower may have been opened with Options.Small.
type Grower interface {
	// Grow makes it take transactions of every size. It waits for running transactions
	// and holds off new ones, and does nothing where the store takes them already.
	Grow() error
}

// Grow has a store take a transaction of so many entries, and bytes of keys and values,
// beside a few others. The limits of a small one are not used up for that by far.
func Grow(s Store, entries int, bytes int64) error {
	g, ok := s.(Grower)
	if !ok || entries <= SmallTxEntries/2 && bytes <= SmallTxBytes/2 {
		return nil
	}
	return g.Grow()
}

// A Holder can close its files and still keep other processes away, for who puts
// another store in its place.
type Holder interface {
	// CloseHeld is Close, but the lock is kept until release is called, with an
	// error too.
	CloseHeld() (release func(), err error)
}

// A FileChecker can tell whether its files are whole. Reading and writing look only
// at what they read, and at what they are about to write again.
type FileChecker interface {
	// CheckFiles reads all files, and returns an error wrapping ErrCorrupt where one
	// is damaged. Reads and writes go on meanwhile.
	CheckFiles() error
}

// A Doubter reads its files by a way of its own, and can have the database read them.
type Doubter interface {
	// Doubt is for who finds that what was read is wrong: from here on the database
	// reads.
	Doubt()
	// Doubted tells whether the database reads already.
	Doubted() bool
}

// A Spacer knows how much can still be written.
type Spacer interface {
	// CheckSpace returns an error wrapping ErrNoSpace, with the bytes needed and
	// free, when that many bytes of keys and values cannot be written safely.
	CheckSpace(bytes int64) error
}
