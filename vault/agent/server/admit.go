package server

import (
	"fmt"
	"net"
	"os"

	"github.com/tacit-vault/tacit/vault"
	"github.com/tacit-vault/tacit/vault/agent/sockets"
	"github.com/tacit-vault/tacit/vault/agent/wire"
)

// admit asks the system who connected, and refuses other users, root among
// them, and programs that the agent was not started for.
func (s *server) admit(c net.Conn) (sockets.Peer, process, error) {
	conn, ok := c.(*net.UnixConn)
	if !ok {
		return sockets.Peer{}, process{}, wire.Denied("agent", "", "the agent serves Unix sockets only")
	}
	p, err := sockets.PeerOf(conn)
	if err != nil {
		return p, process{}, err
	}
	if p.UID != os.Geteuid() {
		return p, process{}, &vault.SecretError{Code: vault.Denied, Op: "agent", Message: "this is another user's agent"}
	}
	p.Exe = s.programs.of(p)
	who, ok := s.programs.allow(p, c)
	if !ok {
		return p, who, notForProgram("agent", p.Exe)
	}
	return p, who, nil
}

func notForProgram(op, exe string) error {
	return wire.Denied(op, "", fmt.Sprintf("the agent was not started for this program (%s)", orUnknown(exe)))
}

func orUnknown(exe string) string {
	if exe == "" {
		return "it hides which program it is"
	}
	return exe
}
