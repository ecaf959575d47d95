package agent

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strconv"
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
func statProgram(p peer) (os.FileInfo, error) {
	return os.Stat(fmt.Sprintf("/proc/%d/exe", p.pid))
}

// hides tells whether an error of statProgram means that the process is there
// and does not let itself be looked at.
func hides(err error) bool { return errors.Is(err, fs.ErrPermission) }

// beganAt is when a process began, in ticks since the machine did; 0 where that
// is not known. It is field 22 of its stat.
func beganAt(pid int) uint64 {
	fields := statFields(pid)
	if len(fields) < 20 {
		return 0
	}
	n, _ := strconv.ParseUint(string(fields[19]), 10, 64)
	return n
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
