package run

import (
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// hasStopped tells whether a child is stopped. It leaves an ended one alone.
func hasStopped(pid int) bool {
	var info unix.Siginfo
	err := unix.Waitid(unix.P_PID, pid, &info, unix.WSTOPPED|unix.WNOHANG, nil)
	return err == nil && info.Signo == int32(unix.SIGCHLD)
}

// dieOf ends this process by a signal, with no trace of Go's. It returns where
// the signal does not end it.
func dieOf(sig syscall.Signal) {
	const enough = time.Second // for a signal to arrive
	// Go's own handler prints a trace for some and does nothing for others; only
	// the system can take it away. All zero is the default action, in the layout of
	// every processor; the size of a set of signals is that of MIPS where not 8.
	var byDefault [64]byte
	for _, size := range []uintptr{8, 16} {
		_, _, errno := unix.RawSyscall6(unix.SYS_RT_SIGACTION, uintptr(sig), uintptr(unsafe.Pointer(&byDefault)), 0, size, 0, 0)
		if errno == 0 {
			break
		}
	}
	if unix.Kill(unix.Getpid(), sig) == nil {
		time.Sleep(enough)
	}
}
