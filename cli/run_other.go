//go:build !unix

package cli

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"syscall"
)

// start runs the command as a child and passes its exit status on. An
// interrupt from the console reaches it by itself.
func (s *session) start(_ context.Context, path string, argv, env []string) error {
	cmd := &exec.Cmd{Path: path, Args: argv, Env: env, Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr}
	err := cmd.Run()
	var exited *exec.ExitError
	switch {
	case err == nil:
		return exitStatus(0)
	case errors.As(err, &exited):
		return exitStatus(exited.ExitCode())
	}
	return err
}

// isTooBig: Windows' ERROR_FILENAME_EXCED_RANGE, as package syscall has it not.
func isTooBig(err error) bool { return errors.Is(err, syscall.Errno(206)) }
