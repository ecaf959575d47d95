//go:build unix

package run

import (
	"os"
	"os/signal"
	"slices"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/tacit-vault/tacit/cli/terminal"
)

// childSignals are the signals that a command would get if it ran in the place of
// this process.
type childSignals struct {
	caught   chan os.Signal
	children chan os.Signal // a child has stopped, gone on or ended
	stopping bool           // somebody wants both to stop
	release  func()         // of what the process does at ^Z by itself
}

// catchSignals catches every signal that there is to pass on, so that none ends
// this process before it has tidied up. What comes before there is a child waits
// for it.
func catchSignals() *childSignals {
	const enough = 256 // nobody reads meanwhile
	s := &childSignals{caught: make(chan os.Signal, enough), children: make(chan os.Signal, 1), release: terminal.HoldStops()}
	signal.Notify(s.caught, passedOn()...)
	signal.Notify(s.children, unix.SIGCHLD)
	return s
}

func (s *childSignals) stop() {
	signal.Stop(s.caught)
	signal.Stop(s.children)
	s.release()
}

// passedOn are all signals but those that nobody can catch, that tell of this
// process's own doings, or that Go and C libraries need themselves. What was
// ignored from the start stays so, for the child too: nohup.
func passedOn() (list []os.Signal) {
	const last, firstOfThreads, lastOfThreads = 64, 32, 34
	own := []syscall.Signal{unix.SIGKILL, unix.SIGSTOP, unix.SIGCHLD, unix.SIGURG, unix.SIGPIPE, unix.SIGPROF}
	for sig := syscall.Signal(1); sig <= last; sig++ {
		ofThreads := sig >= firstOfThreads && sig <= lastOfThreads
		if !ofThreads && !slices.Contains(own, sig) && !signal.Ignored(sig) {
			list = append(list, sig)
		}
	}
	return list
}

// pass hands a signal to the child, unless it has it from the terminal.
func (s *childSignals) pass(sig os.Signal, child *os.Process) {
	if !FromTerminal(sig) {
		_ = child.Signal(sig)
	}
	switch sig {
	case unix.SIGCONT:
		s.stopping = false
	case unix.SIGTSTP:
		s.stopping = true
		s.follow(child)
	case unix.SIGTTIN, unix.SIGTTOU:
		s.stopping = true
		if inBackground() { // the terminal refuses one of us: to try again at once would go on for ever
			s.suspend()
			return
		}
		s.follow(child)
	}
}

// follow stops this process where somebody wanted both to stop, and the child
// did: one that catches the signal may go on.
func (s *childSignals) follow(child *os.Process) {
	if s.stopping && hasStopped(child.Pid) {
		s.suspend()
	}
}

// suspend returns when somebody continues this process.
func (s *childSignals) suspend() {
	s.stopping = false
	_ = unix.Kill(unix.Getpid(), unix.SIGSTOP)
}

// FromTerminal tells whether a signal is one that the terminal has sent to the
// child as well: a key, or another size, while this group is the one in front.
func FromTerminal(sig os.Signal) bool {
	switch sig {
	case unix.SIGINT, unix.SIGQUIT, unix.SIGTSTP, unix.SIGWINCH:
	case unix.SignalNum("SIGINFO"): // BSD's
	default:
		return false
	}
	front, ok := groupInFront()
	return ok && front == unix.Getpgrp()
}

// inBackground tells whether there is a terminal, and others have it.
func inBackground() bool {
	front, ok := groupInFront()
	return ok && front != unix.Getpgrp()
}

func groupInFront() (group int, ok bool) {
	tty, err := os.Open("/dev/tty")
	if err != nil {
		return 0, false
	}
	defer tty.Close()
	group, err = unix.IoctlGetInt(int(tty.Fd()), unix.TIOCGPGRP)
	return group, err == nil
}
