//go:build !unix

package storedir

import "syscall"

// noWait: there is nothing in a folder that opening would wait for.
const noWait = 0

// The codes of Windows for a full disk and a full handle table's disk.
const (
	ErrnoNoSpace = syscall.Errno(112) // ERROR_DISK_FULL
	errQuota     = syscall.Errno(39)  // ERROR_HANDLE_DISK_FULL
)
