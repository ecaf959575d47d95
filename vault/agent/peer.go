package agent

import (
	"net"
	"os"
)

// A peer is the process on the other end, as the system knows it: not by what it
// says of itself.
type peer struct {
	uid int
	pid int    // 0 where the platform does not tell
	exe string // its program, "" where that is not known
}

// SameUser asks the system who is on the other end of a connection that a
// listener of [Listen] has accepted. Its error, of code Denied, is for everybody
// but this process's own user, root among them.
func SameUser(c net.Conn) error {
	conn, ok := c.(*net.UnixConn)
	if !ok {
		return denied("agent", "", "this is no Unix socket")
	}
	p, err := peerOf(conn)
	if err == nil && p.uid != os.Geteuid() {
		err = denied("agent", "", "this socket is another user's")
	}
	return err
}
