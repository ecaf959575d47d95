//go:build unix

package system

import (
	"io/fs"
	"os"

	"golang.org/x/sys/unix"
)

// Inherited is a descriptor of this process as a file, which is to be closed. It
// is one that the process was started with: what tacit opens itself is closed
// when another program starts, and is nobody's to write to.
func Inherited(n int, name string) (*os.File, error) {
	flags, err := unix.FcntlInt(uintptr(n), unix.F_GETFD, 0)
	if err != nil || flags&unix.FD_CLOEXEC != 0 {
		return nil, fs.ErrNotExist
	}
	twin, err := unix.FcntlInt(uintptr(n), unix.F_DUPFD_CLOEXEC, 0)
	if err != nil {
		return nil, err
	}
	return os.NewFile(uintptr(twin), name), nil
}
