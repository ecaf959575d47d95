package sockets

import (
	"bytes"
	"fmt"
	"os"
)

// CanTellPrograms is whether the system tells which program a process runs.
const CanTellPrograms = true

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
