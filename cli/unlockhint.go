package cli

import (
	"github.com/tacit-vault/tacit/vault/agent"
)

// hintUnlock says, when a passphrase was typed for the second time in a session of a
// terminal, that it need not be. It says so once a session.
func (s *session) hintUnlock(dir string) {
	socket, ok := agent.Socket(s.Env, dir)
	if !ok || s.Env("TACIT_AGENT") != "" || noAgentHere("unlock") != nil || s.spoken == nil || s.spoken.name == "agent" {
		return
	}
	if askedBefore(socket) {
		s.note("tacit unlock asks once: an agent answers until it locks.")
	}
}
