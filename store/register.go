package store

import (
	"context"
	"sync/atomic"
)

var registered atomic.Pointer[Opener]

// Register says what opens stores on disk where nobody says it otherwise. A program
// does that once, while it starts; a second time panics.
func Register(o Opener) {
	if !registered.CompareAndSwap(nil, &o) {
		panic("store: two databases are linked")
	}
}

// OpenRegistered opens with what was registered. The error is ErrNotLinked where
// nothing was.
func OpenRegistered(ctx context.Context, dir string, o Options) (Store, error) {
	open := registered.Load()
	if open == nil {
		return nil, ErrNotLinked
	}
	return (*open)(ctx, dir, o)
}
