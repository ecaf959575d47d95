package storedir

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strconv"

	"github.com/tacit-vault/tacit/store"
	"golang.org/x/sys/unix"
)

// HoldFolder opens a folder that is not a link, and returns a path that leads to it
// for as long as it is held. Where there is no /proc, it is the path it was given
// and nothing is held.
func HoldFolder(dir string) (*os.File, string, error) {
	fd, err := unix.Open(dir, unix.O_PATH|unix.O_DIRECTORY|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0)
	if errors.Is(err, unix.ENOTDIR) || errors.Is(err, unix.ELOOP) {
		return nil, "", fmt.Errorf("%w: %s is not a folder", store.ErrUnsafe, dir)
	}
	if err != nil {
		return nil, "", &fs.PathError{Op: "open", Path: dir, Err: err}
	}
	f := os.NewFile(uintptr(fd), dir)
	here, err := f.Stat()
	if err != nil {
		f.Close()
		return nil, "", err
	}
	if there, err := os.Stat(HeldPath(f)); err != nil || !os.SameFile(here, there) {
		f.Close()
		return nil, dir, nil
	}
	return f, HeldPath(f), nil
}

// HeldPath is the path that leads to a folder that is held.
func HeldPath(f *os.File) string { return OpenFolder + "/" + strconv.Itoa(int(f.Fd())) }
