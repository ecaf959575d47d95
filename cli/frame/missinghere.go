package frame

import (
	"github.com/tacit-vault/tacit/cli/failure"
	"github.com/tacit-vault/tacit/keyring"
)

// What a system does not have, a command says before anything else: the name of the
// system, and what to use instead. docs/platforms.md lists it all.

// NoMemoryOn is the failure of a command that needs files in memory.
func NoMemoryOn(op, goos string) *failure.Failure {
	f := &failure.Failure{Code: "no_memory", Exit: failure.ExitOther}
	if goos == "linux" {
		f.Message = op + ": neither $XDG_RUNTIME_DIR nor /dev/shm is a folder in memory that can be written to"
		return f
	}
	f.Message = op + ": " + keyring.SystemName(goos) + " has no files in memory, and a secret must not lie on a disk"
	return f
}

// NoAgentOn is the failure of a command that needs an agent.
func NoAgentOn(op, goos string) *failure.Failure {
	return failure.Fault("failed", "%s: there is no agent on %s", op, keyring.SystemName(goos)).
		Hinted("give the key to each command, with --identity FILE, or keep it in the system's keyring: {tacit key add keyring}")
}
