//go:build unix

package projects

import (
	"os"
	"syscall"
)

// isOthers tells whether a folder belongs to another user.
func isOthers(folder string) bool {
	info, err := os.Stat(folder)
	if err != nil {
		return false
	}
	st, ok := info.Sys().(*syscall.Stat_t)
	return ok && int(st.Uid) != os.Geteuid()
}
