package helper

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// waitGone waits until a process has ended: the system says when.
func waitGone(t *testing.T, pid int) {
	t.Helper()
	fd, err := unix.PidfdOpen(pid, 0)
	if errors.Is(err, unix.ESRCH) {
		return
	}
	if err != nil {
		t.Skip(err)
	}
	defer unix.Close(fd)
	n, err := 0, error(unix.EINTR)
	for errors.Is(err, unix.EINTR) { // a signal of the runtime's ends it, too
		n, err = unix.Poll([]unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}, int(3*time.Minute/time.Millisecond))
	}
	if stat, read := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid)); n == 1 || read != nil || strings.Contains(string(stat), ") Z ") {
		return
	}
	t.Errorf("process %d stays: %v", pid, err)
}
