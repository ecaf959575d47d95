package cli

import (
	"context"
	"os"
	"os/signal"
	"syscall"
)

// Signals gives a context that ends at the first interrupt or request to end,
// so that what is under way is finished or undone. A second one ends the
// process at once.
func Signals(parent context.Context) context.Context {
	ctx, stop := signal.NotifyContext(parent, os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop)
	return ctx
}
