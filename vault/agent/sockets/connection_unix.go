//go:build linux || darwin || freebsd

package sockets

import (
	"errors"
	"net"

	"golang.org/x/sys/unix"
)

// HungUp tells whether the other end of a connection has closed it, or said
// what nobody has asked.
func HungUp(c *net.UnixConn) bool {
	_, err := peek(c)
	return !errors.Is(err, unix.EAGAIN)
}

// Parted tells whether the other end of a connection has closed it.
func Parted(c *net.UnixConn) bool {
	n, err := peek(c)
	return n == 0 && !errors.Is(err, unix.EAGAIN)
}

// Waits tells whether there is something to be read from a connection.
func Waits(c *net.UnixConn) bool {
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

// Unread tells whether a connection broke because the other end closed it with
// something in it that it had not read. Linux says so, others may not.
func Unread(err error) bool { return errors.Is(err, unix.ECONNRESET) || errors.Is(err, unix.EPIPE) }

// Running tells whether a process of that number runs.
func Running(pid int) bool {
	return pid > 0 && !errors.Is(unix.Kill(pid, 0), unix.ESRCH) && !dead(pid)
}
