package system

import (
	"os"

	"golang.org/x/sys/unix"
)

// OnStandardInput makes b what standard input has, for a program that takes the place of
// this one. It lies in memory, in a file without a name.
func OnStandardInput(b []byte) error {
	fd, err := unix.MemfdCreate("tacit input", unix.MFD_CLOEXEC)
	if err != nil {
		return err
	}
	f := os.NewFile(uintptr(fd), "tacit input")
	defer f.Close()
	if _, err := f.Write(b); err != nil {
		return err
	}
	if _, err := f.Seek(0, 0); err != nil {
		return err
	}
	return Dup2(fd, 0)
}
