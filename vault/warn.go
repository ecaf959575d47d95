package vault

import (
	"context"

	"github.com/tacit-vault/tacit/crypto"
	"github.com/tacit-vault/tacit/vault/anchor"
)

type warnKey struct{}

// WithWarn gives a context under which a change tells fn, and not Options.Warn,
// what does not stop it: for who makes changes for several at a time. fn is
// called before the change returns.
func WithWarn(ctx context.Context, fn func(error)) context.Context {
	return context.WithValue(ctx, warnKey{}, fn)
}

// warnsTo has the warnings of the change that is under way be told under its
// context, until done is called. The caller holds writing.
func (v *Vault) warnsTo(ctx context.Context) (done func()) {
	fn, ok := ctx.Value(warnKey{}).(func(error))
	if !ok {
		return func() {}
	}
	v.teller.Store(&fn)
	return func() { v.teller.Store(nil) }
}

// warn tells what does not stop the work.
func (v *Vault) warn(err error) {
	if err == nil {
		return
	}
	if fn := v.teller.Load(); fn != nil {
		(*fn)(err)
		return
	}
	v.options.warn(err)
}

// Remember tries again to have this machine remember the vault's state, where
// that failed before. It does nothing where it did not, or while a change is
// under way.
func (v *Vault) Remember() error {
	if !v.forgot.Load() {
		return nil
	}
	select {
	case v.writing <- struct{}{}:
		defer func() { <-v.writing }()
	default:
		return nil
	}
	v.current.mu.RLock()
	defer v.current.mu.RUnlock()
	if v.current.suspended || v.current.closed {
		return nil
	}
	err := v.saveAnchor(anchor.Update{})
	v.forgot.Store(err != nil)
	return err
}

// follows refuses a head that is not the one that this handle had, and does not
// descend from it. The caller holds mu.
func (v *Vault) follows(op string, had *crypto.SignedHead) error {
	m := anchor.Memory{Known: true, HereKnown: true, Pin: had.Pin, Here: had.Point(), Highest: had.Point()}
	links, err := linksFrom(op, v.dir, m, v.current.head, v.current.store.View)
	if err != nil {
		return err
	}
	verdict, err := anchor.Judge(m, &v.current.head.Head, logFrom(v.current.store.View), links...)
	if err != nil {
		return storeError(op, v.dir, err)
	}
	return verdictError(op, v.dir, v.current.head, m, verdict)
}
