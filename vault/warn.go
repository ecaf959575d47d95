package vault

import (
	"context"
	"sync/atomic"
)

type warnKey struct{}

// WithWarn gives a context under which a change tells fn, and not Options.Warn,
// what does not stop it: for who makes changes for several at a time. fn is
// called before the change returns.
func WithWarn(ctx context.Context, fn func(error)) context.Context {
	return context.WithValue(ctx, warnKey{}, fn)
}

// A warner tells what does not stop the work.
type warner struct {
	usual func(error)                 // Options.Warn; nil: nobody
	now   atomic.Pointer[func(error)] // who is told of the change under way; nil: usual
}

// under has the warnings of the change that is under way be told under its
// context, until done is called. The caller holds Vault.writing.
func (w *warner) under(ctx context.Context) (done func()) {
	fn, ok := ctx.Value(warnKey{}).(func(error))
	if !ok {
		return func() {}
	}
	w.now.Store(&fn)
	return func() { w.now.Store(nil) }
}

// warn does nothing where err is nil.
func (w *warner) warn(err error) {
	if err == nil {
		return
	}
	if fn := w.now.Load(); fn != nil {
		(*fn)(err)
	} else if w.usual != nil {
		w.usual(err)
	}
}
