package agent

import (
	"fmt"
	"net"
	"os"

	"github.com/tacit-vault/tacit/vault"
)

// admit asks the system who connected, and refuses other users, root among
// them, and programs that the agent was not started for.
func (s *server) admit(c net.Conn) (peer, error) {
	conn, ok := c.(*net.UnixConn)
	if !ok {
		return peer{}, denied("agent", "", "the agent serves Unix sockets only")
	}
	p, err := peerOf(conn)
	if err != nil {
		return p, err
	}
	if p.uid != os.Geteuid() {
		return p, &vault.SecretError{Code: vault.Denied, Op: "agent", Message: "this is another user's agent"}
	}
	p.exe = s.programs.of(p)
	if !s.programs.allow(p) {
		return p, denied("agent", "", fmt.Sprintf("the agent was not started for this program (%s)", orUnknown(p.exe)))
	}
	return p, nil
}

func orUnknown(exe string) string {
	if exe == "" {
		return "it does not let itself be known"
	}
	return exe
}
