package store

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strconv"
	"syscall"

	"golang.org/x/sys/unix"
)

// hold opens a folder that is not a link, and returns a path that leads to it
// for as long as it is held. Where there is no /proc, it is the path it was given
// and nothing is held.
func hold(dir string) (*os.File, string, error) {
	fd, err := unix.Open(dir, unix.O_PATH|unix.O_DIRECTORY|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0)
	if errors.Is(err, unix.ENOTDIR) || errors.Is(err, unix.ELOOP) {
		return nil, "", fmt.Errorf("%w: %s is not a folder", ErrUnsafe, dir)
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
	if there, err := os.Stat(heldPath(f)); err != nil || !os.SameFile(here, there) {
		f.Close()
		return nil, dir, nil
	}
	return f, heldPath(f), nil
}

func heldPath(f *os.File) string { return openFolder + "/" + strconv.Itoa(int(f.Fd())) }

// A fileID says which file something is, whatever it is called.
type fileID struct{ dev, ino uint64 }

func identify(info fs.FileInfo) (id fileID, ok bool) {
	st, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return id, false
	}
	return fileID{uint64(st.Dev), st.Ino}, true
}

// openFiles are the files that this process has open.
func openFiles() (map[fileID]bool, error) {
	entries, err := os.ReadDir(openFolder)
	if err != nil {
		return nil, err
	}
	open := make(map[fileID]bool, len(entries))
	for _, e := range entries {
		// One that was closed meanwhile is not missed.
		if info, err := os.Stat(openFolder + "/" + e.Name()); err == nil {
			if id, ok := identify(info); ok {
				open[id] = true
			}
		}
	}
	return open, nil
}
