//go:build unix

package ui

import (
	"os"
	"os/signal"
	"time"

	"golang.org/x/sys/unix"
)

// hangups are the signals of a terminal that is gone.
var hangups = []os.Signal{unix.SIGHUP, unix.SIGQUIT}

// stop keeps a process from doing anything.
func stop(p *os.Process) { _ = p.Signal(unix.SIGSTOP) }

// resume lets it go on.
func resume(p *os.Process) { _ = p.Signal(unix.SIGCONT) }

// suspend stops this process and those beside it, as ^Z does, until somebody lets them
// go on. Where no shell has given them a group of their own, none would.
//
// A process of Go's that has once asked for SIGTSTP no longer stops at it: this one stops
// at what nothing catches.
func suspend() {
	session, err := unix.Getsid(0)
	if err != nil || session == unix.Getpgrp() {
		return
	}
	signal.Ignore(unix.SIGTSTP)
	defer signal.Reset(unix.SIGTSTP)
	_ = unix.Kill(0, unix.SIGTSTP)
	_ = unix.Kill(unix.Getpid(), unix.SIGSTOP)
	time.Sleep(50 * time.Millisecond) // until it is stopped; it may be stopped for years
}
