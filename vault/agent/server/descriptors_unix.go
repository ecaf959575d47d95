//go:build linux || darwin || freebsd

package server

import "golang.org/x/sys/unix"

// openFiles is how many descriptors this process may have. The runtime has raised
// the limit as far as it goes.
func openFiles() uint64 {
	var limit unix.Rlimit
	if unix.Getrlimit(unix.RLIMIT_NOFILE, &limit) != nil {
		return 256
	}
	return uint64(limit.Cur)
}
