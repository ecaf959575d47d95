package ui

import (
	"bytes"
	"fmt"
	"os"
)

// stopped tells whether somebody has stopped a process.
func stopped(p *os.Process) bool {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", p.Pid))
	_, rest, ok := bytes.Cut(stat, []byte(") "))
	return err == nil && ok && len(rest) > 0 && (rest[0] == 'T' || rest[0] == 't')
}
