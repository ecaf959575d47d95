package system

import (
	"context"
	"os"
	"os/signal"
	"syscall"
)

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
