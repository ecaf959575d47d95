//go:build unix

package run

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/tacit-vault/tacit/cli/failure"
	"github.com/tacit-vault/tacit/cli/frame"
	"github.com/tacit-vault/tacit/cli/system"
)

// Start becomes the command: nothing stands between it and its terminal, its
// signals and whoever waits for its exit status. It returns only if that fails,
// or where something is to be done when the command has ended.
func Start(s *frame.Session, c *Child) error {
	s.Settle()
	if c.stdin != nil {
		f, err := memoryFile("stdin", c.stdin)
		if err != nil {
			return err
		}
		if f == nil { // no such thing here: somebody has to write it
			return attend(s, c)
		}
		defer f.Close()
		if err := system.Dup2(int(f.Fd()), 0); err != nil {
			return err
		}
		c.stdin = nil
	}
	if c.Kept {
		return attend(s, c)
	}
	s.Unharden()
	return syscall.Exec(c.Path, c.Argv, c.Env)
}

func isTooBig(err error) bool { return errors.Is(err, syscall.E2BIG) }

// attend runs the command as a child in this process's group, so that the
// terminal takes both for one. Signals that come to this process alone are passed
// on; where they stop the child, this process stops as well, and when the child
// has ended, so does this process, in the same way.
func attend(s *frame.Session, c *Child) error {
	signals := c.signals
	if signals == nil {
		signals = catchSignals()
	}
	defer signals.stop()
	cmd := &exec.Cmd{Path: c.Path, Args: c.Argv, Env: c.Env, Stdin: s.In, Stdout: s.Out, Stderr: s.Err}
	if c.stdin != nil {
		cmd.Stdin = bytes.NewReader(c.stdin)
	}
	if c.files != nil { // they are in use as long as one of its processes lives, whatever becomes of this one
		cmd.ExtraFiles = []*os.File{c.files.Lock}
	}
	unmasked := mask(cmd, c.masks)
	s.Unharden()
	err := cmd.Start()
	system.Harden()
	if err != nil {
		return err
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	for {
		select {
		case sig := <-signals.caught:
			signals.pass(sig, cmd.Process)
		case <-signals.children:
			signals.follow(cmd.Process)
		case err := <-ended:
			return follow(s, c, cmd, err, unmasked())
		}
	}
}

// follow ends as the command did: with its status, or of its signal. Lost is
// what kept its output from being written: a command that knows nothing of it, or
// only that its pipe was closed, has not done what it was run for.
func follow(s *frame.Session, c *Child, cmd *exec.Cmd, err, lost error) error {
	if cmd.ProcessState == nil {
		return err
	}
	status, ok := cmd.ProcessState.Sys().(syscall.WaitStatus)
	if lost != nil {
		if cmd.ProcessState.Success() || ok && status.Signaled() && status.Signal() == unix.SIGPIPE {
			return failure.OutputError(lost)
		}
		s.Warn("%v", failure.OutputError(lost))
	}
	if !ok || !status.Signaled() {
		return failure.ExitStatus(cmd.ProcessState.ExitCode())
	}
	c.CleanUp()
	dieOf(status.Signal())
	return failure.ExitStatus(128 + int(status.Signal())) // that of shells
}
