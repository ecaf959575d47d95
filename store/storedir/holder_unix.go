//go:build darwin || dragonfly || freebsd || netbsd || openbsd

package storedir

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// bootID tells machines apart that share a folder.
func bootID() string {
	name, _ := os.Hostname()
	return name
}

// ProcessBegan is not known here.
func ProcessBegan(int) uint64 { return 0 }

func processRuns(pid int) bool { return !errors.Is(unix.Kill(pid, 0), unix.ESRCH) }

// LocksFile is not known here.
func LocksFile(int, string) (locks, known bool) { return false, false }
