//go:build unix

package failure

import (
	"errors"
	"syscall"
)

func IsDiskFull(err error) bool {
	return errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT)
}

func IsReadOnly(err error) bool { return errors.Is(err, syscall.EROFS) }
