package keyring

import (
	"runtime"
	"testing"

	"golang.org/x/sys/unix"
)

// A signal that comes while a secret is copied leaves it on the stack for signals.
func TestScrubThread(t *testing.T) {
	for try := 1; ; try++ {
		others, before, after := signalled(t)
		if before == others+64/len(masked) && after == others {
			return
		}
		// A signal of the runtime's own, amid it all, leaves a copy elsewhere, once in a while.
		if try == 3 {
			t.Fatalf("it was there %d times, then %d times, and is %d times", others, before, after)
		}
	}
}

// signalled counts a secret: before a signal leaves it on a thread's stack for signals,
// then, and once that is scrubbed. It is not TestScrub's, of which something is left that
// goes when the runtime pleases.
func signalled(t *testing.T) (others, before, after int) {
	const mask = ^scrubbed
	others = hits(t, mask)
	step, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		runtime.LockOSThread() // and the thread ends with the goroutine
		leaveOnSignalStack(64, mask)
		done <- struct{}{}
		<-step
		ScrubThread()
		done <- struct{}{}
		<-step
	}()
	<-done
	before = hits(t, mask) // by another thread: this one would get signals meanwhile
	step <- struct{}{}
	<-done
	after = hits(t, mask)
	close(step)
	<-done
	return others, before, after
}

//go:noinline
func leaveOnSignalStack(n int, mask byte) {
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
