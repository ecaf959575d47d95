package keyring

import (
	"fmt"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// unnamedFile makes a file in the folder of path that has no name yet, and the
// function that gives it that one, which fails where it is taken. Whoever is
// killed in between leaves nothing. An error means that the file system, or a
// system without /proc, cannot do that.
func unnamedFile(path string) (f *os.File, name func() error, err error) {
	fd, err := unix.Open(filepath.Dir(path), unix.O_TMPFILE|unix.O_WRONLY|unix.O_CLOEXEC, 0o600)
	if err != nil {
		return nil, nil, err
	}
	f = os.NewFile(uintptr(fd), path)
	self := fmt.Sprintf("/proc/self/fd/%d", fd)
	if _, err := os.Readlink(self); err != nil {
		f.Close()
		return nil, nil, err
	}
	return f, func() error {
		if err := unix.Linkat(unix.AT_FDCWD, self, unix.AT_FDCWD, path, unix.AT_SYMLINK_FOLLOW); err != nil {
			return &os.LinkError{Op: "link", Old: self, New: path, Err: err}
		}
		return nil
	}, nil
}
