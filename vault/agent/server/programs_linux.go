package server

import (
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/tacit-vault/tacit/vault/agent/sockets"
)

const selfProgram = "/proc/self/exe"

// of is the path of the peer's program, "" where it cannot be known.
func (ps *programs) of(p sockets.Peer) string {
	exe, _ := os.Readlink(fmt.Sprintf("/proc/%d/exe", p.PID))
	return exe
}

// statProgram follows the link to the file itself, whatever its name is now.
func statProgram(pid int) (os.FileInfo, error) {
	return os.Stat(fmt.Sprintf("/proc/%d/exe", pid))
}

// hides tells whether an error of statProgram means that the process is there
// and does not let itself be looked at.
func hides(err error) bool { return errors.Is(err, fs.ErrPermission) }

// processName is what the system calls a process. It changes when that becomes
// another program.
func processName(pid int) string {
	b, _ := os.ReadFile(fmt.Sprintf("/proc/%d/comm", pid))
	return string(b)
}
