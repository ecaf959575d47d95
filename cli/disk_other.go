//go:build !unix

package cli

import (
	"errors"
	"syscall"
)

// Windows' own numbers, as package syscall has no names for them.
const (
	errorWriteProtect = syscall.Errno(19)
	errorHandleFull   = syscall.Errno(39)
	errorDiskFull     = syscall.Errno(112)
)

func isDiskFull(err error) bool {
	return errors.Is(err, errorDiskFull) || errors.Is(err, errorHandleFull)
}

func isReadOnly(err error) bool { return errors.Is(err, errorWriteProtect) }
