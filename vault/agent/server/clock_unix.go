//go:build linux || darwin || freebsd

package server

import (
	"time"

	"golang.org/x/sys/unix"
)

// bootTime is a clock that nobody can set.
func bootTime() time.Duration {
	var t unix.Timespec
	if unix.ClockGettime(sleeplessClock, &t) != nil {
		return 0 // then the clock on the wall decides alone
	}
	return time.Duration(t.Nano())
}
