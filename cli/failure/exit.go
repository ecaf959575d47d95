package failure

import "github.com/tacit-vault/tacit/vault"

// The exit codes. Scripts depend on them: they never change.
const (
	ExitOK          = 0
	ExitOther       = 1
	ExitUsage       = 2
	ExitNotFound    = 3
	ExitInvalid     = 4
	ExitExists      = 5
	ExitNoKey       = 6
	ExitWrongKey    = 7
	ExitTampered    = 8
	ExitBusy        = 9
	ExitDisk        = 10
	ExitUnreachable = 11
	ExitNoExec      = 126 // run: the command is there and cannot be run, as in a shell
	ExitNoCommand   = 127 // run: there is no such command, as in a shell
	ExitInterrupted = 130
)

// ExitMeanings is what help says of each.
var ExitMeanings = []struct {
	Code    int
	Meaning string
}{
	{ExitOK, "ok"},
	{ExitOther, "another failure"},
	{ExitUsage, "wrong usage"},
	{ExitNotFound, "no such secret, or no such version"},
	{ExitInvalid, "invalid name or value"},
	{ExitExists, "exists already, or the version is another"},
	{ExitNoKey, "no vault, no key for it, or no member of the group"},
	{ExitWrongKey, "wrong passphrase or key"},
	{ExitTampered, "tampered with, rolled back, damaged, or unsafe"},
	{ExitBusy, "in use by another process for longer than --wait"},
	{ExitDisk, "out of space, read-only, or a disk that fails"},
	{ExitUnreachable, "no address of a group could be reached; nothing is wrong here"},
	{ExitNoExec, "the command cannot be run"},
	{ExitNoCommand, "there is no such command"},
	{ExitInterrupted, "interrupted"},
}

// exitCode is the exit code of a failure of the vault.
func exitCode(c vault.Code) int {
	switch c {
	case vault.NotFound:
		return ExitNotFound
	case vault.InvalidName, vault.InvalidValue:
		return ExitInvalid
	case vault.Exists, vault.Conflict:
		return ExitExists
	case vault.NoVault, vault.Locked, vault.Untrusted, vault.Denied, vault.NotMember:
		return ExitNoKey
	case vault.WrongKey:
		return ExitWrongKey
	case vault.Busy:
		return ExitBusy
	case vault.NoSpace, vault.ReadOnly, vault.DiskFailed:
		return ExitDisk
	case vault.Unreachable:
		return ExitUnreachable
	case vault.Stale: // what was withheld and what was put back look the same
		return ExitTampered
	}
	if c.Tampering() {
		return ExitTampered
	}
	return ExitOther
}
