//go:build unix

package storedir

import (
	"io/fs"
	"syscall"
)

// allocated is how many bytes a file takes up on the disk, at most its size: a
// copy of the ballast that is all holes is of no use.
func allocated(info fs.FileInfo) int64 {
	if st, ok := info.Sys().(*syscall.Stat_t); ok {
		return min(info.Size(), int64(st.Blocks)*512)
	}
	return info.Size()
}
