//go:build unix

package health

import (
	"errors"
	"io/fs"
	"syscall"

	"golang.org/x/sys/unix"
)

// hasModes: a file has an owner and a mode here.
const hasModes = true

func ownerOf(info fs.FileInfo) (uid int, ok bool) {
	st, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return 0, false
	}
	return int(st.Uid), true
}

func groupOf(info fs.FileInfo) int {
	if st, ok := info.Sys().(*syscall.Stat_t); ok {
		return int(st.Gid)
	}
	return -1
}

func linksOf(info fs.FileInfo) uint64 {
	if st, ok := info.Sys().(*syscall.Stat_t); ok {
		return uint64(st.Nlink)
	}
	return 1
}

// keptFrom tells whether this user may not write to a file or folder. A disk that
// is mounted for reading is another matter.
func keptFrom(path string) bool {
	return errors.Is(unix.Faccessat(unix.AT_FDCWD, path, unix.W_OK, unix.AT_EACCESS), unix.EACCES)
}

func deviceOf(info fs.FileInfo) (dev uint64, ok bool) {
	st, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return 0, false
	}
	return uint64(st.Dev), true
}
