package storedir

import (
	"os"

	"golang.org/x/sys/unix"
)

// allocate reserves the blocks of a file.
func allocate(f *os.File, size int64) error {
	return unix.Fallocate(int(f.Fd()), 0, 0, size)
}
