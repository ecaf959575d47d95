package store

import (
	"context"
	"time"
)

// An Opener opens a store in a folder that is there, or with Options.Create makes it.
// Its errors wrap those of this package.
type Opener func(ctx context.Context, dir string, o Options) (Store, error)

// Options say how a store on disk is opened.
type Options struct {
	// ReadOnly opens beside other readers and writes nothing. It needs no free
	// space, and works on a read-only medium.
	ReadOnly bool
	// Foreign says that the files belong to another user, on purpose, whose group may
	// read them. Nothing at all is written then, not even after an unclean stop; the
	// error is ErrReadOnly where something would have to be.
	Foreign bool
	// OneShot says that the process opens this store once. A reader may then answer
	// from the files, without the database.
	OneShot bool
	// Small says that little is going to be written, which opens quicker: the store takes
	// transactions up to SmallTxEntries and SmallTxBytes, until Grow.
	Small bool
	// Wait is how long to wait for a lock that others hold; not above zero:
	// try once.
	Wait time.Duration
	// Create makes the store; ErrExists if there is one. It excludes ReadOnly.
	Create bool
	// Holder is an absolute path, a socket say, at which this process can be asked
	// while it has the store to itself: see storedir.HolderOf. May be empty.
	Holder string
	// Replayed, where not nil, is shown what the log of an unclean stop has
	// become, before the files as they were are given up. Where it returns an
	// error they are put back, and Open fails with it: an entry that is damaged at
	// the end of the log looks like one that was never written whole.
	Replayed func(Reader) error
	// Warn is told what does not stop the work but should be known. May be nil.
	Warn func(error)
}
