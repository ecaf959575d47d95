//go:build darwin || freebsd

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
	var cred *unix.Xucred
	asked := raw.Control(func(fd uintptr) {
		cred, err = unix.GetsockoptXucred(int(fd), solLocal, unix.LOCAL_PEERCRED)
		p.PID = peerPID(int(fd))
	})
	if asked != nil {
		err = asked
	}
	if err != nil {
		return p, fmt.Errorf("asking who is on the other end: %w", err)
	}
	p.UID = int(cred.Uid)
	return p, nil
}
