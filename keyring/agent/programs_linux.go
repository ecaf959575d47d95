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
// is not known. It is field 22 of its stat, the 20th behind the program's name.
func beganAt(pid int) uint64 {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0
	}
	_, rest, ok := bytes.Cut(b[max(0, bytes.LastIndexByte(b, ')')):], []byte(" "))
	fields := bytes.Fields(rest)
	if !ok || len(fields) < 20 {
		return 0
	}
	n, _ := strconv.ParseUint(string(fields[19]), 10, 64)
	return n
}
