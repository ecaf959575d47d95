//go:build linux || darwin || freebsd || netbsd || openbsd || dragonfly

package terminal

import (
	"os"

	"golang.org/x/sys/unix"
)

// isClosed tells whether a program was started without this output. Go opens the null
// device in its place, to be read and written; a shell opens it to be written. Where
// another stream has it so as well, whoever started the program wants it so.
func isClosed(f *os.File) bool {
	switch how, ok := access(int(f.Fd())); {
	case !ok || how == unix.O_RDONLY:
		return true
	case how != unix.O_RDWR || !isNull(f):
		return false
	}
	for _, other := range []*os.File{os.Stdin, os.Stdout, os.Stderr} {
		if how, ok := access(int(other.Fd())); other.Fd() != f.Fd() && ok && how == unix.O_RDWR && isNull(other) {
			return false
		}
	}
	return true
}

// access is how a descriptor was opened; false where it is closed.
func access(fd int) (how int, ok bool) {
	flags, err := unix.FcntlInt(uintptr(fd), unix.F_GETFL, 0)
	return flags & unix.O_ACCMODE, err == nil
}

// isNull tells whether a file is the null device.
func isNull(f *os.File) bool {
	var is, null unix.Stat_t
	return unix.Fstat(int(f.Fd()), &is) == nil && is.Mode&unix.S_IFMT == unix.S_IFCHR &&
		unix.Stat(os.DevNull, &null) == nil && is.Rdev == null.Rdev
}
