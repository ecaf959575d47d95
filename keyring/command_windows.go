package keyring

import (
	"context"
	"os"
	"os/exec"
	"syscall"
)

// shell hands the command to cmd.exe as it is: Go's quoting of arguments is
// not what cmd.exe reads.
func shell(ctx context.Context, command string, _ bool) *exec.Cmd {
	cmd := exec.CommandContext(ctx, "cmd.exe")
	cmd.SysProcAttr = &syscall.SysProcAttr{CmdLine: `cmd.exe /S /C "` + command + `"`}
	return cmd
}

// inForeground is false: groups are not used here.
func inForeground() bool { return false }

// interrupted asks for STATUS_CONTROL_C_EXIT.
func interrupted(p *os.ProcessState) bool { return uint32(p.ExitCode()) == 0xc000013a }
