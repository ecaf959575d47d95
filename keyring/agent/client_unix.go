//go:build linux || darwin || freebsd

package agent

import (
	"errors"
	"net"

	"golang.org/x/sys/unix"
)

// hungUp tells whether the other end of a connection has closed it.
func hungUp(c *net.UnixConn) bool {
	raw, err := c.SyscallConn()
	if err != nil {
		return true
	}
	var n int
	var rerr error
	err = raw.Control(func(fd uintptr) {
		n, _, rerr = unix.Recvfrom(int(fd), make([]byte, 1), unix.MSG_PEEK|unix.MSG_DONTWAIT)
	})
	return err != nil || rerr == nil && n >= 0 || !errors.Is(rerr, unix.EAGAIN)
}

// running tells whether a process of that number runs.
func running(pid int) bool {
	return pid > 0 && !errors.Is(unix.Kill(pid, 0), unix.ESRCH) && !dead(pid)
}
