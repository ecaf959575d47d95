package cli

import (
	"github.com/tacit-vault/tacit/keyring"
)

// What a system does not have, a command says before anything else: the name of the
// system, and what to use instead. docs/platforms.md lists it all.

// noMemoryOn is the failure of a command that needs files in memory.
func noMemoryOn(op, goos string) *failure {
	f := &failure{code: "no_memory", exit: exitOther}
	if goos == "linux" {
		f.message = op + ": neither $XDG_RUNTIME_DIR nor /dev/shm is a folder in memory that can be written to"
		return f
	}
	f.message = op + ": " + keyring.SystemName(goos) + " has no files in memory, and a secret must not lie on a disk"
	return f
}

// noAgentOn is the failure of a command that needs an agent.
func noAgentOn(op, goos string) *failure {
	return fault("failed", "%s: there is no agent on %s", op, keyring.SystemName(goos)).
		hinted("give the key to each command, with --identity FILE, or keep it in the system's keyring: tacit key add keyring")
}
