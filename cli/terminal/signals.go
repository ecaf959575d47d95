package terminal

import (
	"context"
	"os"
	"os/signal"
	"sync"
	"syscall"
)

// SignalsFor is Signals, and SignalsLate for what may end anywhere.
func SignalsFor(sudden bool) context.Context {
	if sudden {
		return SignalsLate(context.Background())
	}
	return Signals(context.Background())
}

// Signals gives a context that ends at the first interrupt or request to end,
// so that what is under way is finished or undone. A second one ends the
// process at once. An interrupt that whoever started this process ignores stays
// ignored, by a command that takes its place too.
func Signals(parent context.Context) context.Context {
	list := []os.Signal{syscall.SIGTERM}
	if !signal.Ignored(os.Interrupt) {
		list = append(list, os.Interrupt)
	}
	ctx, stop := signal.NotifyContext(parent, list...)
	context.AfterFunc(ctx, stop)
	return ctx
}

// SignalsLate is Signals for a command that may end anywhere, and leaves nothing that has
// to be undone. The signals end the process, until Hear is called: to hear them takes a
// twentieth of the time of a read.
func SignalsLate(parent context.Context) context.Context {
	ctx, end := context.WithCancel(parent)
	hear := sync.OnceFunc(func() { context.AfterFunc(Signals(parent), end) })
	return context.WithValue(ctx, hearing{}, hear)
}

type hearing struct{}

// Hear is called before something is done that has to be undone: from now on the signals
// end the context, and not the process.
func Hear(ctx context.Context) {
	if hear, ok := ctx.Value(hearing{}).(func()); ok {
		hear()
	}
}
