package sockets

import (
	"net"
	"os"

	"github.com/tacit-vault/tacit/vault"
	"github.com/tacit-vault/tacit/vault/remedy"
)

// A peer is the process on the other end, as the system knows it: not by what it
// says of itself.
type Peer struct {
	UID int
	PID int    // 0 where the platform does not tell
	Exe string // its program, "" where that is not known
}

// SameUser asks the system who is on the other end of a connection that a
// listener of [Listen] has accepted. Its error, of code Denied, is for everybody
// but this process's own user, root among them.
func SameUser(c net.Conn) error {
	conn, ok := c.(*net.UnixConn)
	if !ok {
		return notOurs("this is no Unix socket")
	}
	p, err := PeerOf(conn)
	if err == nil && p.UID != os.Geteuid() {
		err = notOurs("this socket is another user's")
	}
	return err
}

func notOurs(message string) error {
	return &vault.SecretError{Code: vault.Denied, Op: "agent", Message: message, Remedy: remedy.To(remedy.UseOwnKey)}
}
