//go:build unix

package system

import (
	"golang.org/x/sys/unix"
)

// Harden makes what this process leaves behind its user's alone: files are
// created for nobody else, and a crash writes no core with secrets in it. The
// function it returns takes both back, for a child that shall not notice.
func Harden() (undo func()) {
	mask := unix.Umask(0o077)
	var core unix.Rlimit
	limited := unix.Getrlimit(unix.RLIMIT_CORE, &core) == nil
	if limited {
		none := core
		none.Cur = 0
		limited = unix.Setrlimit(unix.RLIMIT_CORE, &none) == nil
	}
	return func() {
		unix.Umask(mask)
		if limited {
			_ = unix.Setrlimit(unix.RLIMIT_CORE, &core)
		}
	}
}
