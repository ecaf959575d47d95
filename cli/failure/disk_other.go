//go:build !unix

package failure

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

func IsDiskFull(err error) bool {
	return errors.Is(err, errorDiskFull) || errors.Is(err, errorHandleFull)
}

func IsReadOnly(err error) bool { return errors.Is(err, errorWriteProtect) }
