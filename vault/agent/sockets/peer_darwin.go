package sockets

import "golang.org/x/sys/unix"

const solLocal = unix.SOL_LOCAL

func peerPID(fd int) int {
	pid, err := unix.GetsockoptInt(fd, solLocal, unix.LOCAL_PEERPID)
	if err != nil {
		return 0
	}
	return pid
}
