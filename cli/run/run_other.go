//go:build !unix

package run

import (
	"bytes"
	"errors"
	"os/exec"
	"syscall"

	"github.com/tacit-vault/tacit/cli/failure"
	"github.com/tacit-vault/tacit/cli/frame"
)

// Start runs the command as a child and passes its exit status on. An
// interrupt from the console reaches it by itself.
func Start(s *frame.Session, c *Child) error {
	s.Settle()
	cmd := &exec.Cmd{Path: c.Path, Args: c.Argv, Env: c.Env, Stdin: s.In, Stdout: s.Out, Stderr: s.Err}
	if c.stdin != nil {
		cmd.Stdin = bytes.NewReader(c.stdin)
	}
	unmasked := mask(cmd, c.masks)
	err := cmd.Run()
	lost := unmasked()
	var exited *exec.ExitError
	switch {
	case lost != nil && cmd.ProcessState != nil && cmd.ProcessState.Success():
		return failure.OutputError(lost)
	case err == nil:
		return failure.ExitStatus(0)
	case errors.As(err, &exited):
		return failure.ExitStatus(exited.ExitCode())
	}
	return err
}

// isTooBig: Windows' ERROR_FILENAME_EXCED_RANGE, as package syscall has it not.
func isTooBig(err error) bool { return errors.Is(err, syscall.Errno(206)) }
