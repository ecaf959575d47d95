//go:build unix

package keys

import (
	"context"
	"os"
	"os/signal"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// watchSession ends the context when the terminal session ends, where that was
// asked for: when its leader, the shell mostly, is gone, or the terminal hangs up.
func (o *agentOptions) watchSession(ctx context.Context) (context.Context, func()) {
	if !o.session {
		return ctx, func() {}
	}
	ctx, stop := signal.NotifyContext(ctx, syscall.SIGHUP)
	ctx, cancel := context.WithCancel(ctx)
	if leader, err := unix.Getsid(0); err == nil && leader != os.Getpid() {
		go func() {
			defer cancel()
			awaitEnd(ctx, leader)
		}()
	}
	return ctx, func() { cancel(); stop() }
}

// pollSession is how often it is looked whether a session's leader is there,
// where the system does not tell.
const pollSession = time.Second

// awaitEnd returns when the process is gone, or ctx ends. Asking again and again
// is right as long as nobody else gets its number: the leader's number stays
// taken as long as anybody, such as this process, is in its session.
func awaitEnd(ctx context.Context, pid int) {
	for unix.Kill(pid, 0) != unix.ESRCH {
		select {
		case <-ctx.Done():
			return
		case <-time.After(pollSession):
		}
	}
}
