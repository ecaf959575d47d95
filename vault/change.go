package vault

import (
	"context"

	"github.com/tacit-vault/tacit/crypto"
	"github.com/tacit-vault/tacit/vault/remedy"
)

// change makes one commit: build stages it on the newest state, everything is
// prepared, and then it is written whole. When it returns nil the change is on
// the disk and this machine remembers it.
func (v *Vault) change(ctx context.Context, op string, build func(*plan) error, progress func(done, total int)) (infos []Info, err error) {
	defer naming(op, &err)
	end, err := v.beginChange(ctx)
	if err != nil {
		return nil, err
	}
	defer end()
	var p *plan
	large := false
	err = v.current.unlockedView(ctx, op, func(s *snapshot) error {
		p = newPlan(s, v.now(), v.witness.replica)
		if err := build(p); err != nil {
			return err
		}
		if large = p.tooLarge(); large {
			return nil
		}
		return p.complete(ctx)
	})
	if err == nil && large {
		err = v.commits.stage(ctx, p, progress)
	}
	if err != nil {
		return nil, wrap("", err)
	}
	if p.nothing() {
		return p.infos(), nil
	}
	head, z, err := p.sign()
	if err != nil {
		v.commits.abandon(ctx, p, err)
		return nil, wrap("", err)
	}
	v.copies.stage(p)
	if err := v.commits.write(ctx, p, head, z, progress); err != nil {
		return nil, storeError(v.dir, err)
	}
	return p.infos(), nil
}

// beginChange waits until no other change is under way, and clears away what
// an interrupted one left. end lets the next one begin.
func (v *Vault) beginChange(ctx context.Context) (end func(), err error) {
	select {
	case v.writing <- struct{}{}:
		told := v.warner.under(ctx)
		end = func() { told(); <-v.writing }
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	if err = v.writable(); err == nil {
		err = v.witness.newest(v.current.head)
	}
	if err == nil {
		err = v.commits.sweepOnce(ctx)
	}
	if err != nil {
		end()
		return nil, err
	}
	v.copies.mend(ctx)
	return end, nil
}

// writable tells whether the handle and the vault may be written.
func (v *Vault) writable() error {
	switch {
	case !v.options.Write:
		return &SecretError{Code: ReadOnly, Path: v.dir, Message: "the vault was opened for reading"}
	case len(v.current.head.ReadOnlyFeatures()) > 0, len(v.file.Compatible) > 0:
		return &SecretError{
			Code: ReadOnly, Path: v.dir,
			Message: "this version of tacit can read the vault but not write it", Remedy: remedy.To(remedy.Upgrade),
		}
	}
	return nil
}

// sign makes the bytes of the head, and reads them again as any reader would.
func (p *plan) sign() (*crypto.SignedHead, []byte, error) {
	z, err := p.s.keys.Sign(&p.head)
	if err != nil {
		return nil, nil, err
	}
	head, err := crypto.ParseHead(z)
	return head, z, err
}
