package agent

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
)

const (
	canTellPrograms = true
	selfProgram     = "/proc/self/exe"
)

// of is the path of the peer's program, "" where it cannot be known.
func (ps *programs) of(p peer) string {
	exe, _ := os.Readlink(fmt.Sprintf("/proc/%d/exe", p.pid))
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

// dead tells whether a process has ended and its parent has not asked how.
func dead(pid int) bool {
	fields := statFields(pid)
	return len(fields) > 0 && (fields[0][0] == 'Z' || fields[0][0] == 'X')
}

// statFields are the fields of a process's stat from the third on, its state.
// The second is its name, which can hold anything.
func statFields(pid int) [][]byte {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return nil
	}
	return bytes.Fields(b[bytes.LastIndexByte(b, ')')+1:])
}
