package torture

import (
	"fmt"
	"os/exec"
	"runtime"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// canTrace: here a process can be killed just before a system call of its own.
const canTrace = true

// changing are the system calls that change what a file holds or is called, or
// make it durable. An openat is one only where it can make a file.
var changing = map[uint64]bool{
	unix.SYS_WRITE: true, unix.SYS_PWRITE64: true, unix.SYS_FTRUNCATE: true, unix.SYS_FALLOCATE: true,
	unix.SYS_FSYNC: true, unix.SYS_FDATASYNC: true, unix.SYS_MSYNC: true,
	unix.SYS_RENAMEAT2: true, unix.SYS_RENAMEAT: true, unix.SYS_LINKAT: true, unix.SYS_UNLINKAT: true,
	unix.SYS_MKDIRAT: true, unix.SYS_FCHMODAT: true, unix.SYS_FCHMOD: true, unix.SYS_COPY_FILE_RANGE: true,
}

// syscallInfo is the kernel's struct ptrace_syscall_info, of an entry.
type syscallInfo struct {
	op   uint8
	_    [3]uint8
	arch uint32
	_    [2]uint64 // where the program was
	nr   uint64
	args [6]uint64
	_    [2]uint64
}

func (i *syscallInfo) changes() bool {
	const entry = 1
	if i.op != entry {
		return false
	}
	return changing[i.nr] || i.nr == unix.SYS_OPENAT && i.args[2]&(unix.O_CREAT|unix.O_TRUNC) != 0
}

// A tracer follows one process and those that it starts, from one thread.
type tracer struct {
	main    int
	killAt  int // the change before which the process is killed; 0: none
	changes int
	killed  bool
	status  unix.WaitStatus                  // of main, once it has ended
	seen    func(pid int, call *syscallInfo) // is told of each change; may be nil
}

// trace runs cmd, counts its changes, and kills it before the one with the
// number killAt. It returns when cmd and all that it started have ended, and
// cmd's streams are read; code is -1 where it was killed.
func trace(cmd *exec.Cmd, killAt int) (changes int, killed bool, code int, err error) {
	t := &tracer{killAt: killAt}
	err = t.run(cmd)
	return t.changes, t.killed, t.code(), err
}

// run runs cmd until it, and all that it started, has ended.
func (t *tracer) run(cmd *exec.Cmd) error {
	// All requests have to come from the thread that is the tracer.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	// In a group of its own, so that this thread's other children are left to
	// who waits for them.
	cmd.SysProcAttr = &syscall.SysProcAttr{Ptrace: true, Setpgid: true}
	if err := cmd.Start(); err != nil {
		return err
	}
	t.main = cmd.Process.Pid
	err := t.follow()
	if err != nil {
		_ = unix.Kill(t.main, unix.SIGKILL)
	}
	_ = cmd.Wait() // the process is gone, and its status taken; this waits for the streams
	return err
}

// code is the process's exit code, -1 where it was killed.
func (t *tracer) code() int {
	if t.status.Exited() {
		return t.status.ExitStatus()
	}
	return -1
}

// follow goes from stop to stop until nobody is left.
func (t *tracer) follow() error {
	const options = unix.PTRACE_O_TRACESYSGOOD | unix.PTRACE_O_TRACECLONE | unix.PTRACE_O_TRACEFORK |
		unix.PTRACE_O_TRACEVFORK | unix.PTRACE_O_TRACEEXEC | unix.PTRACE_O_EXITKILL
	first := true
	for {
		var ws unix.WaitStatus
		pid, err := unix.Wait4(-t.main, &ws, unix.WALL|unix.WNOTHREAD, nil)
		switch {
		case err == unix.EINTR:
			continue
		case err == unix.ECHILD:
			return nil
		case err != nil:
			return fmt.Errorf("waiting for a traced process: %w", err)
		}
		if !ws.Stopped() {
			if pid == t.main {
				t.status = ws
			}
			continue
		}
		if first {
			first = false
			if err := unix.PtraceSetOptions(pid, options); err != nil {
				return fmt.Errorf("tracing: %w", err)
			}
		}
		// A process that was killed meanwhile cannot be told to go on, and need not.
		if err := unix.PtraceSyscall(pid, t.stopped(pid, ws)); err != nil && err != unix.ESRCH {
			return fmt.Errorf("tracing: %w", err)
		}
	}
}

// stopped looks at why a process stopped, and returns the signal it is to get.
func (t *tracer) stopped(pid int, ws unix.WaitStatus) (signal int) {
	sig := ws.StopSignal()
	switch {
	case sig == unix.SIGTRAP|0x80:
		if !t.killed && t.atChange(pid) {
			t.changes++
			if t.changes == t.killAt {
				t.killed = true
				_ = unix.Kill(t.main, unix.SIGKILL)
			}
		}
		return 0
	case sig == unix.SIGTRAP, sig == unix.SIGSTOP: // an event, or a new thread
		return 0
	}
	return int(sig)
}

// atChange tells whether the process is about to change something.
func (t *tracer) atChange(pid int) bool {
	const getSyscallInfo = 0x420e
	var info syscallInfo
	n, _, errno := unix.Syscall6(unix.SYS_PTRACE, getSyscallInfo, uintptr(pid), unsafe.Sizeof(info), uintptr(unsafe.Pointer(&info)), 0, 0)
	if errno != 0 || n < unsafe.Offsetof(info.args) || !info.changes() {
		return false
	}
	if t.seen != nil {
		t.seen(pid, &info)
	}
	return true
}
