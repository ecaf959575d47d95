//go:build !unix

package cli

import (
	"bytes"
	"errors"
	"os/exec"
	"syscall"
)

// start runs the command as a child and passes its exit status on. An
// interrupt from the console reaches it by itself.
func (s *session) start(c *child) error {
	cmd := &exec.Cmd{Path: c.path, Args: c.argv, Env: c.env, Stdin: s.In, Stdout: s.Out, Stderr: s.Err}
	if c.stdin != nil {
		cmd.Stdin = bytes.NewReader(c.stdin)
	}
	unmasked := mask(cmd, c.masks)
	err := cmd.Run()
	lost := unmasked()
	var exited *exec.ExitError
	switch {
	case lost != nil && cmd.ProcessState != nil && cmd.ProcessState.Success():
		return outputError(lost)
	case err == nil:
		return exitStatus(0)
	case errors.As(err, &exited):
		return exitStatus(exited.ExitCode())
	}
	return err
}

// isTooBig: Windows' ERROR_FILENAME_EXCED_RANGE, as package syscall has it not.
func isTooBig(err error) bool { return errors.Is(err, syscall.Errno(206)) }
