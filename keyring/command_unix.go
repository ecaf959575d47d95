//go:build unix

package keyring

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"syscall"
)

// shell is the command in a process group of its own, so that all of it can be
// killed.
func shell(ctx context.Context, command string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, "/bin/sh", "-c", command)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error {
		err := syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
		if errors.Is(err, syscall.ESRCH) {
			return os.ErrProcessDone
		}
		return err
	}
	return cmd
}

func run(cmd *exec.Cmd) error { return cmd.Run() }
