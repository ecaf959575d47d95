package vault

import (
	"context"
	"fmt"

	"github.com/tacit-vault/tacit/crypto"
	"github.com/tacit-vault/tacit/vault/remedy"
)

// Set stores a value as the next version of a secret. Without an option it
// does so whether or not there is such a secret.
//
// Codes: InvalidName, InvalidValue; Exists, NotFound, Conflict by the options;
// Locked, ReadOnly, NoSpace. On any error nothing has changed, except where it
// wraps store.ErrUncertain: then only reading in a new Vault tells.
func (v *Vault) Set(ctx context.Context, name string, value Value, options ...SetOption) (Info, error) {
	c := Change{Name: name, Value: value}
	for _, o := range options {
		o(&c)
	}
	return one(v.change(ctx, "set", func(p *plan) error { return p.apply(c) }, nil))
}

// Apply makes several changes, each of another name, in one commit: all or
// none. progress, which may be nil, is told how much of a large batch is
// written. There is no limit to a batch but memory and disk.
func (v *Vault) Apply(ctx context.Context, changes []Change, progress func(done, total int)) ([]Info, error) {
	if len(changes) == 0 {
		return nil, nil
	}
	return v.change(ctx, "apply", func(p *plan) error {
		for i := range changes {
			if err := p.propose(&changes[i]); err != nil {
				return err
			}
		}
		return nil
	}, progress)
}

// Delete deletes a secret. That is a new version, of kind gone: Rollback can
// undo it. With Purge the older versions go too, and so do their bytes in the
// vault's files; a secret that is deleted already can still be purged.
func (v *Vault) Delete(ctx context.Context, name string, o DeleteOptions) (Info, error) {
	if o.Purge {
		if err := checkPurge(v.current.store, name); err != nil {
			return Info{}, err
		}
	}
	c := Change{Name: name, Delete: true, If: o.If, purge: o.Purge}
	info, err := one(v.change(ctx, "delete", func(p *plan) error { return p.apply(c) }, nil))
	if err == nil && o.Purge {
		err = purgeBytes(ctx, v.current.store, name)
	}
	return info, err
}

// Rename gives a secret another name, with its value and attributes, in one
// commit: the old name is deleted, its history stays under it. Exists where
// the new name is taken, unless overwrite.
func (v *Vault) Rename(ctx context.Context, from, to string, overwrite bool) (Info, error) {
	return one(v.change(ctx, "rename", func(p *plan) error {
		old, err := p.copy(from, to, overwrite)
		if err != nil {
			return err
		}
		return p.stage(from, old, Value{kind: crypto.Gone}, nil, false)
	}, nil))
}

// Copy stores the value and attributes of a secret under another name too.
func (v *Vault) Copy(ctx context.Context, from, to string, overwrite bool) (Info, error) {
	return one(v.change(ctx, "copy", func(p *plan) error {
		_, err := p.copy(from, to, overwrite)
		return err
	}, nil))
}

// copy stages from's value under to, and returns from's entry.
func (p *plan) copy(from, to string, overwrite bool) (crypto.Entry, error) {
	for _, name := range []string{from, to} {
		if err := checkName(name); err != nil {
			return crypto.Entry{}, err
		}
	}
	if from == to {
		return crypto.Entry{}, &SecretError{Code: Exists, Key: from, Message: "both names are the same", Remedy: remedy.To(remedy.UseOtherName)}
	}
	e, err := p.s.live(from)
	if err != nil {
		return e, err
	}
	target, ok, err := p.s.entry(to)
	if err != nil {
		return e, err
	}
	if ok && target.Kind != crypto.Gone && !overwrite {
		return e, &SecretError{
			Code: Exists, Key: to,
			Message: "there is such a secret already", Remedy: remedy.To(remedy.Overwrite),
		}
	}
	b, err := p.s.record(e)
	if err != nil {
		return e, err
	}
	h, value, err := p.s.open(from, e.Version, b)
	if err != nil {
		return e, err
	}
	return e, p.stageRead(to, target, value, withOrigin(h))
}

// Rollback stores the value and attributes of an older version as the newest.
// It undoes a deletion too.
func (v *Vault) Rollback(ctx context.Context, name string, n uint64) (Info, error) {
	return one(v.change(ctx, "rollback", func(p *plan) error {
		if err := checkName(name); err != nil {
			return err
		}
		old, h, err := p.s.secretAt(name, n)
		if err != nil {
			return err
		}
		e, _, err := p.s.entry(name)
		if err != nil {
			return err
		}
		if n == e.Version {
			old.Value.Wipe()
			return &SecretError{
				Code: Conflict, Key: name,
				Message: fmt.Sprintf("version %d is the current one", n), Remedy: remedy.To(remedy.ListVersions, remedy.Secret.Named(name)),
			}
		}
		return p.stageRead(name, e, old.Value, withOrigin(h))
	}, nil))
}

// one is the first of the versions that a change made.
func one(infos []Info, err error) (Info, error) {
	if err != nil || len(infos) == 0 {
		return Info{}, err
	}
	return infos[0], nil
}
