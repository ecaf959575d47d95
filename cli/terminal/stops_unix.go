//go:build unix

package terminal

import (
	"os"
	"os/signal"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// Stops are what this process does at SIGTSTP, which a terminal sends at ^Z. Go leaves the
// signal to the system until somebody asks for it. From then on it never gives it back:
// the process would not stop at it any more, and the shell would wait for ever for a
// process whose child has stopped, an editor for example.
type stops struct {
	mu    sync.Mutex // guards the rest
	heard bool       // the signal was asked for
	held  int        // how many see to the signal themselves
}

// ofProcess is the one of this process, to which its signals belong.
var ofProcess stops

// HoldStops has its caller see to SIGTSTP, which it asks for itself, until release. At
// any other time the process stops at it, as if nobody had ever asked.
func HoldStops() (release func()) { return ofProcess.hold() }

func (s *stops) hold() (release func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.held++
	if !s.heard && !signal.Ignored(unix.SIGTSTP) {
		s.heard = true
		heard := make(chan os.Signal, 1)
		signal.Notify(heard, unix.SIGTSTP)
		go func() {
			for range heard {
				s.stop()
			}
		}()
	}
	return sync.OnceFunc(func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.held--
	})
}

// stop stops the process, where nobody holds that.
func (s *stops) stop() {
	s.mu.Lock()
	held := s.held > 0
	s.mu.Unlock()
	if !held {
		Suspend()
	}
}

// Suspend stops this process until somebody lets it go on, by the signal that nothing
// catches. Where no shell could do so, it returns at once, as the system has SIGTSTP do
// nothing there.
func Suspend() {
	if isOrphaned() {
		return
	}
	_ = unix.Kill(unix.Getpid(), unix.SIGSTOP)
	time.Sleep(burst) // until it is stopped; it may be stopped for years
}

// SuspendAll is Suspend for the processes beside this one, too, as at ^Z.
func SuspendAll() {
	if isOrphaned() {
		return
	}
	defer HoldStops()()
	_ = unix.Kill(0, unix.SIGTSTP)
	Suspend()
}

// isOrphaned tells whether no shell has made this process's group: then none lets it go
// on.
func isOrphaned() bool {
	session, err := unix.Getsid(0)
	if err != nil || session == unix.Getpgrp() {
		return true
	}
	of, err := unix.Getsid(unix.Getppid())
	return err != nil || of != session
}
