package keyring

import (
	"context"
	"os/exec"
	"syscall"
)

// shell hands the command to cmd.exe as it is: Go's quoting of arguments is
// not what cmd.exe reads.
func shell(ctx context.Context, command string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, "cmd.exe")
	cmd.SysProcAttr = &syscall.SysProcAttr{CmdLine: `cmd.exe /S /C "` + command + `"`}
	return cmd
}

func run(cmd *exec.Cmd) error { return cmd.Run() }
