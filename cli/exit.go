package cli

import "github.com/tacit-vault/tacit/vault"

// The exit codes. Scripts depend on them: they never change.
const (
	exitOK          = 0
	exitOther       = 1
	exitUsage       = 2
	exitNotFound    = 3
	exitInvalid     = 4
	exitExists      = 5
	exitNoKey       = 6
	exitWrongKey    = 7
	exitTampered    = 8
	exitBusy        = 9
	exitDisk        = 10
	exitNoExec      = 126 // run: the command is there and cannot be run, as in a shell
	exitNoCommand   = 127 // run: there is no such command, as in a shell
	exitInterrupted = 130
)

// exitMeanings is what help says of each.
var exitMeanings = []struct {
	code    int
	meaning string
}{
	{exitOK, "ok"},
	{exitOther, "another failure"},
	{exitUsage, "wrong usage"},
	{exitNotFound, "no such secret, or no such version"},
	{exitInvalid, "invalid name or value"},
	{exitExists, "exists already, or the version is another"},
	{exitNoKey, "no vault, or no key for it"},
	{exitWrongKey, "wrong passphrase or key"},
	{exitTampered, "tampered with, rolled back, damaged, or unsafe"},
	{exitBusy, "in use by another process for longer than --wait"},
	{exitDisk, "out of space, read-only, or a disk that fails"},
	{exitNoExec, "the command cannot be run"},
	{exitNoCommand, "there is no such command"},
	{exitInterrupted, "interrupted"},
}

// exitCode is the exit code of a failure of the vault.
func exitCode(c vault.Code) int {
	switch c {
	case vault.NotFound:
		return exitNotFound
	case vault.InvalidName, vault.InvalidValue:
		return exitInvalid
	case vault.Exists, vault.Conflict:
		return exitExists
	case vault.NoVault, vault.Locked, vault.Untrusted, vault.Denied:
		return exitNoKey
	case vault.WrongKey:
		return exitWrongKey
	case vault.Busy:
		return exitBusy
	case vault.NoSpace, vault.ReadOnly, vault.DiskFailed:
		return exitDisk
	}
	if c.Tampering() {
		return exitTampered
	}
	return exitOther
}
