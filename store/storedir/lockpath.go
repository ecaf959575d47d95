package storedir

import (
	"context"
	"os"
	"time"
)

// LockPath keeps other processes that lock the file at path from it until release is
// called. It makes the file where it is not there, and leaves it. The error wraps
// ErrLocked where another process keeps it for longer than wait.
//
// A network's file system may lock only what is open for writing (NFS); where that
// is not allowed, it is opened for reading.
func LockPath(path string, wait time.Duration) (release func(), err error) {
	f, err := OpenNoFollow(path, os.O_RDWR|os.O_CREATE)
	if err != nil && notWritable(err) {
		f, err = OpenNoFollow(path, os.O_RDONLY)
	}
	if err != nil {
		return nil, err
	}
	return LockOpen(context.Background(), f, wait)
}

// LockOpen is LockPath for a file that is open. It closes the file, at release or with
// an error, which can also be the context's.
func LockOpen(ctx context.Context, f *os.File, wait time.Duration) (release func(), err error) {
	err = Poll(ctx, time.Now().Add(wait), func() error { return tryLock(f, Exclusive) })
	if err != nil {
		f.Close()
		return nil, err
	}
	return func() { unlockFile(f); f.Close() }, nil
}
