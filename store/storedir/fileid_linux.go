package storedir

import (
	"io/fs"
	"syscall"
)

// A FileID says which file something is, whatever it is called.
type FileID struct{ dev, ino uint64 }

func Identify(info fs.FileInfo) (id FileID, ok bool) {
	st, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return id, false
	}
	return FileID{uint64(st.Dev), st.Ino}, true
}
