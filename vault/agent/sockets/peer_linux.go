package sockets

import (
	"fmt"
	"net"

	"golang.org/x/sys/unix"
)

// PeerOf asks who connected, or, on the client's side, who listens.
func PeerOf(c *net.UnixConn) (p Peer, err error) {
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
	return Peer{UID: int(cred.Uid), PID: int(cred.Pid)}, nil
}
