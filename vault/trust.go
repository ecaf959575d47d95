package vault

import (
	"context"

	"github.com/tacit-vault/tacit/crypto"
	"github.com/tacit-vault/tacit/vault/anchor"
)

// TrustOptions are the options of Trust.
type TrustOptions struct {
	Options
	// AcceptRollback takes a vault that was rolled back or forked as the true
	// one. It needs a key: a new head is committed at once, above everything
	// this machine has seen, so that what was discarded cannot come back.
	AcceptRollback bool
	// Confirm, where not nil, is asked before anything is remembered.
	Confirm func(Status) error
}

// Trust makes this machine remember a vault as it is: one that was found and
// never seen, that is a copy at a new path and does not come from the newest commit
// that was seen, that is too far ahead to be proven, that goes its own way though a
// newer state was seen elsewhere ([Status].Newer), or that the user has put in
// another's place. One that was moved, or copied as it is, needs no trust. It does
// not accept a rollback unless asked, and never a vault with a known id and another
// pin.
func Trust(ctx context.Context, dir string, o TrustOptions) (st Status, err error) {
	const op = "trust"
	defer naming(op, &err)
	o.Write = o.AcceptRollback
	o.Discovered, o.behind, o.doubted = false, o.AcceptRollback, true
	v, err := attach(ctx, op, dir, o.Options)
	if err != nil {
		return Status{}, err
	}
	defer v.Close()
	m, verdict, err := v.witness.weigh(v.current.claim(), len(v.options.Keys) > 0)
	if CodeOf(err) == Unproven {
		// The memory cannot be read. What it said is lost, so the user decides.
		m, verdict, err = anchor.Memory{}, anchor.New, nil
	}
	if err == nil && verdict == anchor.Substituted && m.PathVault != v.current.head.Vault {
		// Another vault than the one known at this path: the user's word is
		// enough for that, unless this vault is known and in a worse state.
		m.PathKnown = false
		verdict, err = anchor.Judge(m, &v.current.head.Head, logFrom(v.current.store.View)) // at another vault no link leads here
	}
	if err != nil {
		return Status{}, err
	}
	if err := trustable(v.dir, v.current.head, m, verdict, o.AcceptRollback); err != nil {
		return Status{}, err
	}
	if verdict.Accepted() {
		if v.witness.newer, err = v.witness.outrun(v.current.claim(), m); err != nil {
			return Status{}, err
		}
	}
	if err := v.tryKeys(ctx); err != nil {
		return Status{}, err
	}
	if o.AcceptRollback && !v.Unlocked() {
		return Status{}, lockedError(v.dir, v.current.head.Slots)
	}
	if o.Confirm != nil {
		if err := o.Confirm(v.Status()); err != nil {
			return Status{}, err
		}
	}
	v.witness.takeReplica(m)
	if o.AcceptRollback {
		if err := leap(ctx, v, m); err != nil {
			return Status{}, err
		}
	}
	v.witness.newer = nil
	return v.Status(), v.witness.save(v.current.head, anchor.Update{Force: true})
}

// trustable tells whether a user's word is enough to take the vault.
func trustable(dir string, head *crypto.SignedHead, m anchor.Memory, verdict anchor.Verdict, acceptRollback bool) error {
	switch verdict {
	case anchor.RolledBack, anchor.Forked:
		if acceptRollback {
			return nil
		}
	case anchor.Substituted: // its id, and another pin
	default:
		return nil
	}
	return verdictError(dir, head, m, verdict)
}

// leap commits a head above everything that this machine has seen.
func leap(ctx context.Context, v *Vault, m anchor.Memory) error {
	seen := max(m.Here.Seq, m.Highest.Seq)
	v.witness.byForce = true // nobody else has the vault yet
	_, err := v.change(ctx, "trust", func(p *plan) error {
		p.seq = max(p.seq, seen+1)
		return p.noteLeap(ctx)
	}, nil)
	return err
}
