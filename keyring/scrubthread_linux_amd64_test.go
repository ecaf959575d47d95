package keyring

import (
	"runtime"
	"testing"

	"golang.org/x/sys/unix"
)

// A signal that comes while a secret is copied leaves it on the stack for signals.
func TestScrubThread(t *testing.T) {
	others := hits(t) // of other tests
	step, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		runtime.LockOSThread() // and the thread ends with the goroutine
		leaveOnSignalStack(64)
		done <- struct{}{}
		<-step
		ScrubThread()
		done <- struct{}{}
		<-step
	}()
	<-done
	before := hits(t) // by another thread: this one would get signals meanwhile
	step <- struct{}{}
	<-done
	if after := hits(t); before != others+64/len(masked) || after != others {
		t.Errorf("it was there %d times, with other tests, then %d times, and is %d times", others, before, after)
	}
	close(step)
	<-done
}

//go:noinline
func leaveOnSignalStack(n int) {
	secret, to := make([]byte, n), make([]byte, n)
	for i := range secret {
		secret[i] = masked[i%8] ^ mask
	}
	pid, tid := uintptr(unix.Getpid()), uintptr(unix.Gettid())
	copy(to, secret)
	_, _, _ = unix.RawSyscall(unix.SYS_TGKILL, pid, tid, uintptr(unix.SIGURG))
	clear(secret)
	clear(to)
}
