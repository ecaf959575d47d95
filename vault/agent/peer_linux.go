package agent

import (
	"fmt"
	"net"

	"golang.org/x/sys/unix"
)

// peerOf asks who connected, or, on the client's side, who listens.
func peerOf(c *net.UnixConn) (p peer, err error) {
	raw, err := c.SyscallConn()
	if err != nil {
		return p, err
	}
	var cred *unix.Ucred
	asked := raw.Control(func(fd uintptr) {
		cred, err = unix.GetsockoptUcred(int(fd), unix.SOL_SOCKET, unix.SO_PEERCRED)
	})
	if asked != nil {
		err = asked
	}
	if err != nil {
		return p, fmt.Errorf("asking who is on the other end: %w", err)
	}
	return peer{uid: int(cred.Uid), pid: int(cred.Pid)}, nil
}
