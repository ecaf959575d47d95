package liveperson

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/tacit-vault/tacit/cli/choice"
	"github.com/tacit-vault/tacit/cli/failure"
	"github.com/tacit-vault/tacit/cli/frame"
	"github.com/tacit-vault/tacit/keyring"
	"github.com/tacit-vault/tacit/vault"
)

// How long a keeper has the vault open. Opening and closing it takes some ten
// milliseconds, a read less than one: what comes in one go finds it open. Others
// who wait for it are let in between.
const (
	keepIdle = 50 * time.Millisecond
	keepMost = 500 * time.Millisecond
)

// A keeper has a vault open for a command that runs long and needs it now and
// then: behind the vault's agent where one runs, else in this process, which keeps
// the key and lets other processes have the vault in between.
type keeper struct {
	s        *frame.Session
	dir      string
	readOnly bool

	mu      sync.Mutex      // guards what is below; held for as long as the vault is used
	own     *vault.Vault    // suspended while open is nil; nil where only the agent has the key
	open    frame.OpenVault // nil while others may have the vault
	release func()          // gives it back to the agent that made way; may be nil
	since   time.Time       // when open was opened
	idle    *time.Timer     // lets it go when nobody needs it
	pins    int             // who wants nobody to have it in between
	closed  bool
}

// begin opens the vault for the first time, asking for a key where one is
// needed, and checks that each glob names a secret.
func (k *keeper) begin(ctx context.Context, globs []string) error {
	dir, discovered, err := k.s.Locate()
	if err != nil {
		return err
	}
	k.dir = dir
	behind, release, err := frame.ReachAgent(ctx, k.s, dir)
	if err != nil {
		return err
	}
	if behind == nil {
		if err := k.openOwn(ctx, discovered, release); err != nil {
			return err
		}
	} else {
		k.open, k.since = behind, time.Now()
	}
	return k.use(ctx, func(v frame.OpenVault) error {
		_, err := choice.MatchNames(ctx, v, globs, vault.ListOptions{})
		return err
	})
}

func (k *keeper) openOwn(ctx context.Context, discovered bool, release func()) (err error) {
	if k.readOnly {
		o := k.s.Options(discovered)
		k.own, err = k.s.OpenHere(ctx, k.dir, o, frame.ToRead)
	} else {
		k.own, err = frame.OpenToKeep(ctx, k.s, k.dir, discovered)
	}
	if err != nil {
		if release != nil {
			release()
		}
		return err
	}
	keyring.Scrub() // what opened the vault is not needed any more
	k.open, k.release, k.since = k.s.Local(k.own, nil), release, time.Now()
	return nil
}

// use runs fn with the vault open.
func (k *keeper) use(ctx context.Context, fn func(frame.OpenVault) error) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	if err := k.obtain(ctx); err != nil {
		return err
	}
	err := fn(k.open)
	return errors.Join(err, k.used())
}

// used lets go of the vault now or later. The caller holds mu.
func (k *keeper) used() error {
	switch {
	case k.pins > 0:
		return nil
	case time.Since(k.since) >= keepMost:
		return k.letGo()
	case k.idle == nil:
		k.idle = time.AfterFunc(keepIdle, k.rest)
	default:
		k.idle.Reset(keepIdle)
	}
	return nil
}

// pin keeps the vault open, once it is, until unpin is called.
func (k *keeper) pin() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.pins++
}

func (k *keeper) unpin() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.pins--
	if k.open == nil {
		return
	}
	if err := k.used(); err != nil {
		k.s.Warn("closing the vault: %v", err)
	}
}

// obtain opens the vault, where it is not open. The caller holds mu.
func (k *keeper) obtain(ctx context.Context) error {
	if k.closed {
		return failure.Fault(vault.Locked, "the vault is closed")
	}
	if k.open != nil {
		return nil
	}
	behind, release, err := frame.ReachAgent(ctx, k.s, k.dir)
	switch {
	case err != nil:
		return err
	case behind != nil:
		k.open = behind
	case k.own == nil:
		return failure.Fault(vault.Locked, "the agent that had the vault open has ended").Hinted("{tacit unlock}")
	default:
		if err := k.own.Resume(ctx); err != nil {
			if release != nil {
				release()
			}
			return err
		}
		k.open, k.release = k.s.Local(k.own, nil), release
	}
	k.since = time.Now()
	return nil
}

// rest lets go of the vault when nobody has needed it for a while.
func (k *keeper) rest() {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.pins > 0 {
		return
	}
	if err := k.letGo(); err != nil {
		k.s.Warn("closing the vault: %v", err)
	}
}

// letGo lets others have the vault. The caller holds mu.
func (k *keeper) letGo() (err error) {
	if k.open == nil {
		return nil
	}
	if l, ok := k.open.(frame.Local); ok && l.Vault == k.own {
		err = k.own.Suspend(context.Background())
	} else {
		err = k.open.Close()
	}
	k.open = nil
	if k.release != nil {
		k.release()
		k.release = nil
	}
	return err
}

// close closes the vault for good, and wipes its key.
func (k *keeper) close() {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.closed {
		return
	}
	k.closed = true
	if k.idle != nil {
		k.idle.Stop()
	}
	err := k.letGo()
	if k.own != nil {
		err = errors.Join(err, k.own.Close())
	}
	if err != nil {
		k.s.Warn("closing the vault: %v", err)
	}
}
