package storedir

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// bootID names the time since the machine was started last, "" where the system
// does not.
func bootID() string {
	b, _ := os.ReadFile("/proc/sys/kernel/random/boot_id")
	return strings.TrimSpace(string(b))
}

// ProcessBegan is when a process began, in ticks since the machine did: with its
// number it tells it from every later one. It is 0 where that is not known.
func ProcessBegan(pid int) uint64 {
	// Field 22 of its stat. The second is its name, which can hold anything.
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0
	}
	fields := bytes.Fields(b[bytes.LastIndexByte(b, ')')+1:])
	if len(fields) < 20 {
		return 0
	}
	n, _ := strconv.ParseUint(string(fields[19]), 10, 64)
	return n
}

// processRuns tells whether there is a process of that number.
func processRuns(pid int) bool { return !errors.Is(unix.Kill(pid, 0), unix.ESRCH) }

// LocksFile tells whether the system says that a process has a lock on a file
// that was taken with flock. known is false where the system does not tell.
//
// The number of the device is not compared: some file systems show another one
// there than to who looks at the file.
func LocksFile(pid int, path string) (locks, known bool) {
	info, err := os.Stat(path)
	if err != nil {
		return false, false
	}
	id, ok := Identify(info)
	if !ok {
		return false, false
	}
	f, err := os.Open("/proc/locks")
	if err != nil {
		return false, false
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	for lines.Scan() { // 1: FLOCK  ADVISORY  WRITE 708 08:03:131078 0 EOF
		fields := strings.Fields(lines.Text())
		if len(fields) < 6 || fields[1] != "FLOCK" || fields[4] != strconv.Itoa(pid) {
			continue
		}
		if n := strings.LastIndexByte(fields[5], ':'); fields[5][n+1:] == strconv.FormatUint(id.ino, 10) {
			return true, true
		}
	}
	return false, lines.Err() == nil
}
