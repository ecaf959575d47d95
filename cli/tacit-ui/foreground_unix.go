//go:build unix

package main

import (
	"os"

	"golang.org/x/sys/unix"
)

// inForeground tells whether a terminal is this process's to change: a shell that has gone
// on has taken it.
func inForeground(tty *os.File) bool {
	group, err := unix.IoctlGetInt(int(tty.Fd()), unix.TIOCGPGRP)
	return err == nil && group == unix.Getpgrp()
}
