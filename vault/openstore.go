package vault

import (
	"context"
	"fmt"

	"github.com/tacit-vault/tacit/crypto"
	"github.com/tacit-vault/tacit/store"
	"github.com/tacit-vault/tacit/store/tablestore"
	"github.com/tacit-vault/tacit/vault/anchor"
	"github.com/tacit-vault/tacit/vault/remedy"
)

// openStore opens the database of a vault. For who keeps it, it is opened to write much
// from the start: one that grows later waits for its readers. So is one of the caller's,
// which may not know how to grow.
func openStore(ctx context.Context, op, real string, o Options, anchors anchor.Dir) (store.Store, error) {
	options := store.Options{ReadOnly: !o.Write, OneShot: o.OneShot, Wait: o.Wait, Holder: o.Socket, Warn: o.Warn, Foreign: len(o.Owners) > 0 && foreign(real)}
	options.Small = o.Write && o.OneShot && o.Store == nil
	if !o.behind {
		options.Replayed = func(r store.Reader) error { return notBehind(op, real, r, anchors) }
	}
	return o.open(ctx, real, options)
}

// open has the store opened by who was handed in. Else the tables answer what is read
// once, and the database that is linked does everything else.
func (o Options) open(ctx context.Context, dir string, options store.Options) (store.Store, error) {
	if o.Store != nil {
		return o.Store(ctx, dir, options)
	}
	return tablestore.Before(store.OpenRegistered)(ctx, dir, options)
}

// notBehind refuses to go on from a log that ends before the commit that this
// machine has seen: to the database that is an unfinished write, and the rest of
// it would be gone, which a rescue may still get out. What else is wrong with the
// head is found by who opens the vault.
func notBehind(op, dir string, r store.Reader, anchors anchor.Dir) error {
	z, err := getOrNil(r, headKey)
	if err != nil {
		return nil
	}
	head, err := crypto.ParseHead(z)
	if err != nil {
		return nil
	}
	m, err := anchors.Load(head.Vault, dir)
	if err != nil || !m.HereKnown || m.Pin != head.Pin || head.Seq >= m.Here.Seq || m.Announces(&head.Head) {
		return nil
	}
	return &SecretError{
		Code: RolledBack, Op: op, Path: dir,
		Message: fmt.Sprintf("rolled back, or its log is damaged: the log ends at commit %d, this machine has seen commit %d; the files are left as they were",
			head.Seq, m.Here.Seq),
		Remedy: remedy.To(remedy.PutNewerBackOrRescue),
	}
}
