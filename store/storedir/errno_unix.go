//go:build unix

package storedir

import "syscall"

const (
	ErrnoNoSpace = syscall.ENOSPC
	errQuota     = syscall.EDQUOT
)
