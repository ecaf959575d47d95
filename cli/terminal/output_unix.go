//go:build linux || darwin || freebsd || netbsd || openbsd || dragonfly

package terminal

import (
	"os"

	"golang.org/x/sys/unix"
)

// isClosed tells whether nothing can be written to a file.
func isClosed(f *os.File) bool {
	flags, err := unix.FcntlInt(f.Fd(), unix.F_GETFL, 0)
	return err != nil || flags&unix.O_ACCMODE == unix.O_RDONLY
}

// isNull tells whether a file is the null device.
func isNull(f *os.File) bool {
	var is, null unix.Stat_t
	return unix.Fstat(int(f.Fd()), &is) == nil && is.Mode&unix.S_IFMT == unix.S_IFCHR &&
		unix.Stat(os.DevNull, &null) == nil && is.Rdev == null.Rdev
}
