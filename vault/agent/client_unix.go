//go:build linux || darwin || freebsd

package agent

import (
	"errors"
	"net"

	"golang.org/x/sys/unix"
)

// hungUp tells whether the other end of a connection has closed it, or said
// what nobody has asked.
func hungUp(c *net.UnixConn) bool {
	_, err := peek(c)
	return !errors.Is(err, unix.EAGAIN)
}

// parted tells whether the other end of a connection has closed it.
func parted(c *net.UnixConn) bool {
	n, err := peek(c)
	return n == 0 && !errors.Is(err, unix.EAGAIN)
}

// waits tells whether there is something to be read from a connection.
func waits(c *net.UnixConn) bool {
	n, err := peek(c)
	return err == nil && n > 0
}

// peek looks for a byte that was received, and leaves it there. It does not wait.
func peek(c *net.UnixConn) (n int, err error) {
	raw, err := c.SyscallConn()
	if err != nil {
		return 0, err
	}
	cerr := raw.Control(func(fd uintptr) {
		n, _, err = unix.Recvfrom(int(fd), make([]byte, 1), unix.MSG_PEEK|unix.MSG_DONTWAIT)
	})
	return n, errors.Join(cerr, err)
}

// unread tells whether a connection broke because the other end closed it with
// something in it that it had not read. Linux says so, others may not.
func unread(err error) bool { return errors.Is(err, unix.ECONNRESET) || errors.Is(err, unix.EPIPE) }

// running tells whether a process of that number runs.
func running(pid int) bool {
	return pid > 0 && !errors.Is(unix.Kill(pid, 0), unix.ESRCH) && !dead(pid)
}
