package storedir

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// queueAt is the byte of the lock file that the queue locks, far behind its end.
const queueAt = 1 << 40

// queue is a lock of another kind on the lock file, that of a byte. Should the
// file be exchanged, the turns are lost and not the lock.
type queue struct {
	file *os.File
	held bool
}

func openQueue(_ string, f *os.File) (*queue, error) { return &queue{file: f}, nil }

func (q *queue) try() error {
	if q.held {
		return nil
	}
	err := q.set(unix.F_WRLCK)
	switch {
	case errors.Is(err, unix.EAGAIN), errors.Is(err, unix.EACCES):
		return ErrLocked
	case err != nil: // not open for writing, or no such locks: then there are no turns
		return nil
	}
	q.held = true
	return nil
}

func (q *queue) release() {
	if q.held {
		_ = q.set(unix.F_UNLCK)
		q.held = false
	}
}

func (q *queue) set(how int16) error {
	return unix.FcntlFlock(q.file.Fd(), unix.F_OFD_SETLK, &unix.Flock_t{Type: how, Start: queueAt, Len: 1})
}

func (q *queue) close() {}

// lockedFolder opens the folder to be locked besides the lock file.
func lockedFolder(dir string) (*os.File, error) { return openDir(dir) }
