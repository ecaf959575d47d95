//go:build darwin || freebsd

package server

import "golang.org/x/sys/unix"

// sleeplessClock counts while the machine sleeps on macOS; on FreeBSD only the
// clock on the wall does.
const sleeplessClock = unix.CLOCK_MONOTONIC
