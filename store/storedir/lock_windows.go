package storedir

import (
	"errors"
	"os"

	"github.com/tacit-vault/tacit/store"
	"golang.org/x/sys/windows"
)

const errReadOnlyFS = windows.ERROR_WRITE_PROTECT

// Locks of Windows keep others from reading the locked bytes: these lie far
// behind the end of the file.
const (
	lockOffset  = 1 << 30
	queueOffset = lockOffset + 1
)

// queue is a lock on another byte of the lock file.
type queue struct {
	file *os.File
	held bool
}

// lockedFolder opens nothing: a folder cannot be locked here. The system keeps who
// would exchange the lock file, or the folder, from it while it is open.
func lockedFolder(string) (*os.File, error) { return nil, nil }

func openQueue(_ string, f *os.File) (*queue, error) { return &queue{file: f}, nil }

func (q *queue) try() error {
	if q.held {
		return nil
	}
	err := lockByte(q.file, Exclusive, queueOffset)
	q.held = err == nil
	return err
}

func (q *queue) release() {
	if q.held {
		unlockByte(q.file, queueOffset)
		q.held = false
	}
}

func (q *queue) close() {}

// tryLock also converts a lock; the holder of the queue does so undisturbed.
func tryLock(f *os.File, want Mode) error {
	unlockByte(f, lockOffset)
	return lockByte(f, want, lockOffset)
}

func unlockFile(f *os.File) { unlockByte(f, lockOffset) }

func lockByte(f *os.File, want Mode, offset uint32) error {
	flags := uint32(windows.LOCKFILE_FAIL_IMMEDIATELY)
	if want == Exclusive {
		flags |= windows.LOCKFILE_EXCLUSIVE_LOCK
	}
	err := windows.LockFileEx(windows.Handle(f.Fd()), flags, 0, 1, 0, &windows.Overlapped{Offset: offset})
	if errors.Is(err, windows.ERROR_LOCK_VIOLATION) || errors.Is(err, windows.ERROR_IO_PENDING) {
		return ErrLocked
	}
	return err
}

func unlockByte(f *os.File, offset uint32) {
	_ = windows.UnlockFileEx(windows.Handle(f.Fd()), 0, 1, 0, &windows.Overlapped{Offset: offset})
}

func OpenNoFollow(path string, flags int) (*os.File, error) {
	if info, err := os.Lstat(path); err == nil && !info.Mode().IsRegular() {
		return nil, store.ErrUnsafe
	}
	return os.OpenFile(path, flags, 0o600)
}
