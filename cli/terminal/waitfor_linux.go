package terminal

import (
	"errors"
	"time"

	"golang.org/x/sys/unix"
)

// waitFor waits until fd can be read or has ended, or other; less than zero is no
// limit of time, and no other.
func waitFor(fd, other int, within time.Duration) (ready, woken bool, err error) {
	fds := []unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}, {Fd: int32(other), Events: unix.POLLIN}}
	limit := -1
	if within >= 0 {
		limit = int((within + time.Millisecond - 1) / time.Millisecond)
	}
	_, err = unix.Poll(fds, limit) // it passes over a descriptor below zero
	if errors.Is(err, unix.EINTR) {
		return false, false, nil
	}
	return err == nil && fds[0].Revents != 0, err == nil && fds[1].Revents != 0, err
}
