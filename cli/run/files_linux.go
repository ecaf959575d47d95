package run

import (
	"errors"
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// memoryFile is a file without a name that holds b, open for reading at its
// beginning; nobody can change it.
func memoryFile(name string, b []byte) (*os.File, error) {
	fd, err := unix.MemfdCreate("tacit "+name, unix.MFD_CLOEXEC|unix.MFD_ALLOW_SEALING)
	if err != nil {
		return nil, err
	}
	f := os.NewFile(uintptr(fd), "tacit "+name)
	defer f.Close()
	_, err = f.Write(b)
	if err == nil {
		err = f.Chmod(0o400)
	}
	if err == nil {
		_, err = unix.FcntlInt(f.Fd(), unix.F_ADD_SEALS, unix.F_SEAL_SEAL|unix.F_SEAL_SHRINK|unix.F_SEAL_GROW|unix.F_SEAL_WRITE)
	}
	if err != nil {
		return nil, err
	}
	return os.Open(descriptorPath(f))
}

// passOn lets the command inherit the file, and returns the path that it has
// there.
func passOn(f *os.File) (path string, err error) {
	flags, err := unix.FcntlInt(f.Fd(), unix.F_GETFD, 0)
	if err == nil {
		_, err = unix.FcntlInt(f.Fd(), unix.F_SETFD, flags&^unix.FD_CLOEXEC)
	}
	if err != nil {
		return "", errors.Join(errors.New("passing a file on"), err)
	}
	return descriptorPath(f), nil
}

func descriptorPath(f *os.File) string { return fmt.Sprintf("/proc/self/fd/%d", f.Fd()) }
