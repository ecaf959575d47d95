package keyring

import (
	"os"
	"strconv"

	"golang.org/x/sys/unix"
)

// toThisThread sends this thread a signal that the runtime ignores.
func toThisThread() (send func()) {
	pid, tid := os.Getpid(), unix.Gettid()
	return func() { _ = unix.Tgkill(pid, tid, unix.SIGURG) }
}

// toAllThreads sends one to each thread of this process.
func toAllThreads() {
	tasks, _ := os.ReadDir("/proc/self/task")
	for _, task := range tasks {
		if tid, err := strconv.Atoi(task.Name()); err == nil {
			_ = unix.Tgkill(os.Getpid(), tid, unix.SIGURG)
		}
	}
}
