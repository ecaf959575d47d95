//go:build unix && !linux

package main

import (
	"os"

	"golang.org/x/sys/unix"
)

// ending are the signals that end this process, after it has left the screen.
var ending = []os.Signal{unix.SIGTERM, unix.SIGHUP}

// harden keeps what this process has in memory out of files.
func harden() { _ = unix.Setrlimit(unix.RLIMIT_CORE, &unix.Rlimit{}) }
