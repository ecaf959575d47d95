//go:build unix

package keyring

import (
	"io/fs"
	"os"
	"syscall"
)

// ownedElsewhere tells whether a file belongs to another user than this one.
func ownedElsewhere(info fs.FileInfo) bool {
	st, ok := info.Sys().(*syscall.Stat_t)
	return ok && int(st.Uid) != os.Geteuid()
}
