package frame

import (
	"github.com/tacit-vault/tacit/cli/terminal"
	"github.com/tacit-vault/tacit/vault/agent/sockets"
)

// hintUnlock says, when a passphrase was typed for the second time in a session of a
// terminal, that it need not be. It says so once a session.
func hintUnlock(s *Session, dir string) {
	socket, ok := sockets.Path(s.Env, dir)
	if !ok || s.Env("TACIT_AGENT") != "" || NoAgentHere("unlock") != nil || s.spoken == nil || s.spoken.Name == "agent" {
		return
	}
	if terminal.AskedBefore(socket) {
		s.Note("tacit unlock asks once: an agent answers until it locks.")
	}
}
