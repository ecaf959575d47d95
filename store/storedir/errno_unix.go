//go:build unix

package storedir

import "syscall"

// noWait keeps an open from waiting for the other end of a FIFO.
const noWait = syscall.O_NONBLOCK

const (
	ErrnoNoSpace = syscall.ENOSPC
	errQuota     = syscall.EDQUOT
)
