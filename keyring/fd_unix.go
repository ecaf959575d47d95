//go:build unix

package keyring

import (
	"errors"
	"syscall"
)

// checkFD refuses a descriptor that nobody handed to the process. Go's runtime
// keeps descriptors of its own at low numbers (epoll, eventfd): these have no
// file type, and closing one of them would stop the process.
func checkFD(fd int) error {
	var st syscall.Stat_t
	if err := syscall.Fstat(fd, &st); err != nil {
		return err
	}
	switch st.Mode & syscall.S_IFMT {
	case syscall.S_IFREG, syscall.S_IFIFO, syscall.S_IFSOCK, syscall.S_IFCHR:
		return nil
	case syscall.S_IFDIR:
		return errors.New("it is a folder")
	}
	return errors.New("it is no file")
}
