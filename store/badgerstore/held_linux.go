package badgerstore

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strconv"

	"github.com/tacit-vault/tacit/store"
	"github.com/tacit-vault/tacit/store/storedir"
	"golang.org/x/sys/unix"
)

// hold opens a folder that is not a link, and returns a path that leads to it
// for as long as it is held. Where there is no /proc, it is the path it was given
// and nothing is held.
func hold(dir string) (*os.File, string, error) {
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
	if there, err := os.Stat(heldPath(f)); err != nil || !os.SameFile(here, there) {
		f.Close()
		return nil, dir, nil
	}
	return f, heldPath(f), nil
}

func heldPath(f *os.File) string { return openFolder + "/" + strconv.Itoa(int(f.Fd())) }

// opened are the files that this process has open. Each is known by its number and
// by the path that the kernel knows it by, which follows a rename. Some mounts give
// a file another number whenever it is asked for: there the path tells.
type opened struct {
	ids   map[storedir.FileID]bool
	paths map[string]bool
}

func openFiles() (opened, error) {
	entries, err := os.ReadDir(openFolder)
	if err != nil {
		return opened{}, err
	}
	open := opened{make(map[storedir.FileID]bool, len(entries)), make(map[string]bool, len(entries))}
	for _, e := range entries {
		// One that was closed meanwhile is not missed.
		link := openFolder + "/" + e.Name()
		if info, err := os.Stat(link); err == nil {
			if id, ok := storedir.Identify(info); ok {
				open.ids[id] = true
			}
		}
		if path, err := os.Readlink(link); err == nil {
			open.paths[path] = true
		}
	}
	return open, nil
}

// has tells whether the file at path, of which info tells, is open.
func (o opened) has(info fs.FileInfo, path string) bool {
	id, ok := storedir.Identify(info)
	return ok && o.ids[id] || o.paths[path]
}
