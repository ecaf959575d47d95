//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package storedir

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

const errReadOnlyFS = unix.EROFS

func tryLock(f *os.File, want Mode) error {
	how := unix.LOCK_NB | unix.LOCK_SH
	if want == Exclusive {
		how = unix.LOCK_NB | unix.LOCK_EX
	}
	for {
		err := unix.Flock(int(f.Fd()), how)
		switch {
		case errors.Is(err, unix.EINTR):
		case errors.Is(err, unix.EWOULDBLOCK):
			return ErrLocked
		default:
			return err
		}
	}
}

func unlockFile(f *os.File) { _ = unix.Flock(int(f.Fd()), unix.LOCK_UN) }

// OpenNoFollow opens a file that must not be a symbolic link.
func OpenNoFollow(path string, flags int) (*os.File, error) {
	return os.OpenFile(path, flags|unix.O_NOFOLLOW|unix.O_NONBLOCK, 0o600)
}
