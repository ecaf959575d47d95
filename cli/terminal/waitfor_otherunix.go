//go:build unix && !linux

package terminal

import (
	"errors"
	"fmt"
	"time"

	"golang.org/x/sys/unix"
)

// waitFor waits until fd can be read, or other; less than zero is no limit of
// time, and no other. It is select and not poll, which knows no terminals on
// macOS.
func waitFor(fd, other int, within time.Duration) (ready, woken bool, err error) {
	var set unix.FdSet
	most := max(fd, other)
	if most >= unix.FD_SETSIZE {
		return false, false, fmt.Errorf("waiting for descriptor %d: %w", most, unix.EMFILE)
	}
	set.Set(fd)
	if other >= 0 {
		set.Set(other)
	}
	var limit *unix.Timeval
	if within >= 0 {
		tv := unix.NsecToTimeval(within.Nanoseconds())
		limit = &tv
	}
	_, err = unix.Select(most+1, &set, nil, nil, limit)
	if errors.Is(err, unix.EINTR) {
		return false, false, nil
	}
	if err != nil {
		return false, false, err
	}
	return set.IsSet(fd), other >= 0 && set.IsSet(other), nil
}
