//go:build darwin || freebsd

package anchor

import (
	"fmt"
	"syscall"
)

// identityOf tells a folder from every other, under whatever path: its inode and when
// it was made, because the number of one that is gone is given to the next. "" where
// it cannot be looked at.
func identityOf(folder string) string {
	var st syscall.Stat_t
	if syscall.Lstat(folder, &st) != nil {
		return ""
	}
	return fmt.Sprintf("%x-%x", uint64(st.Ino), uint64(st.Birthtimespec.Nano()))
}
