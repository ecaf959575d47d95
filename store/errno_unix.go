//go:build unix

package store

import "syscall"

const (
	errNoSpace = syscall.ENOSPC
	errQuota   = syscall.EDQUOT
)
