package vault

import (
	"errors"
	"path/filepath"
	"sync"
	"time"

	"github.com/tacit-vault/tacit/crypto"
	"github.com/tacit-vault/tacit/store"
	"github.com/tacit-vault/tacit/store/storedir"
	"github.com/tacit-vault/tacit/vault/anchor"
	"github.com/tacit-vault/tacit/vault/remedy"
)

// saveAnchor makes this machine remember the head as it is.
func (v *Vault) saveAnchor(u anchor.Update) error {
	if v.unplaced {
		return nil
	}
	return v.anchorError(v.anchors.Save(v.current.head.Vault, v.dir, v.update(v.current.head, u)))
}

// update fills in what is to be remembered of a head.
func (v *Vault) update(head *crypto.SignedHead, u anchor.Update) anchor.Update {
	u.Pin, u.Point, u.Replica = head.Pin, head.Point(), v.replica
	return u
}

// anchorError is a state that could not be remembered.
func (v *Vault) anchorError(err error) error {
	if err == nil {
		return nil
	}
	e := &SecretError{
		Code: ReadOnly, Op: "remember", Path: v.dir, Err: err,
		Message: "this machine could not remember the vault's state, so it cannot tell if it is rolled back: " + err.Error(),
		Remedy:  remedy.To(remedy.MakeStateWritable),
	}
	if noMemory(err) {
		e.Remedy = remedy.To(remedy.NameState)
	}
	return e
}

// noMemory tells whether there is no place in which anything could be remembered.
func noMemory(err error) bool {
	return errors.Is(err, anchor.ErrNowhere) || errors.Is(err, anchor.ErrNoFolder)
}

// prepareAnchor writes down that the head is about to be committed. Where this
// machine remembers the vault or the place and cannot write that, the commit is
// refused; where it has no place for a memory, the user is warned. nil: there
// is nothing to settle.
func (v *Vault) prepareAnchor(head *crypto.SignedHead) (*anchor.Pending, error) {
	if v.unplaced || v.current.head == nil {
		return nil, nil
	}
	next := v.update(head, anchor.Update{Rotated: head.Pin != v.current.head.Pin, Force: v.byForce})
	pending, err := v.anchors.Prepare(head.Vault, v.dir, v.update(v.current.head, anchor.Update{}), next)
	switch {
	case err == nil:
		return pending, nil
	case noMemory(err), !refuses(err) && !v.anchors.Knows(head.Vault, v.dir):
		v.warn(v.anchorError(err))
		return nil, nil
	}
	return nil, v.unremembered("remember", err)
}

// refuses tells whether it is the memory that says no, and not the disk.
func refuses(err error) bool {
	return errors.Is(err, anchor.ErrForked) || errors.Is(err, anchor.ErrRefused) || errors.Is(err, anchor.ErrUnreadable)
}

// unremembered is the error of a change that was not made because this machine
// could not have remembered it.
func (v *Vault) unremembered(op string, err error) error {
	e := &SecretError{Code: ReadOnly, Op: op, Path: v.dir, Err: err}
	switch {
	case errors.Is(err, anchor.ErrForked):
		e.Code = Forked
		e.Message = "nothing was written: this machine has seen a newer commit of the vault in this place than the one that is open: " + err.Error()
		e.Remedy = remedy.To(remedy.Reopen)
	case errors.Is(err, anchor.ErrRefused):
		e.Code = Substituted
		e.Message = "nothing was written: this machine trusts another vault in this place by now: " + err.Error()
		e.Remedy = remedy.To(remedy.Reopen)
	case errors.Is(err, anchor.ErrUnreadable):
		e.Code = Unproven
		e.Message = "nothing was written: what this machine remembers of the vault cannot be read: " + err.Error()
		e.Remedy = remedy.To(remedy.Trust)
	case errors.Is(err, anchor.ErrLocked):
		e.Code = Busy
		e.Message = "nothing was written: this machine could not note the change: " + err.Error()
		e.Remedy = remedy.To(remedy.FindHolder, remedy.Path.Named(filepath.Join(v.anchors.Path, "lock")))
	default:
		if storedir.IsNoSpace(err) {
			e.Code = NoSpace
		}
		e.Message = "nothing was written: this machine could not note the change in its state folder " + v.anchors.Path + ": " + err.Error()
		e.Remedy = remedy.To(remedy.MakeRoomForState)
	}
	return e
}

// settleAnchor ends what prepareAnchor began. Of a commit that may be there or
// not, what was written ahead stays: it fits both.
func (v *Vault) settleAnchor(pending *anchor.Pending, failed error) {
	switch {
	case pending == nil, errors.Is(failed, store.ErrUncertain):
	case failed != nil:
		pending.Drop()
	default:
		err := v.anchorError(pending.Take())
		v.forgot.Store(err != nil)
		v.warn(err)
		v.marks.set(pending)
	}
}

// marks syncs, a moment after a commit, what says of it that it was made. What is
// written ahead of the next commit says so too, and is synced before that: of
// many commits only the last needs it.
type marks struct {
	mu    sync.Mutex // guards what is below, and is held while it is synced
	last  *anchor.Pending
	timer *time.Timer
}

// markWait is for how long after a commit a loss of power leaves open whether it
// was made, if no other follows and the vault is not closed.
const markWait = 100 * time.Millisecond

func (m *marks) set(last *anchor.Pending) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.last = last
	if m.timer == nil {
		m.timer = time.AfterFunc(markWait, func() { m.sync() })
		return
	}
	m.timer.Reset(markWait)
}

// sync has nobody to tell that it failed but who closes the vault.
func (m *marks) sync() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.last == nil {
		return nil
	}
	err := m.last.Sync()
	if err == nil {
		m.last = nil
	}
	return err
}

// flush syncs now, beside what the caller does meanwhile.
func (m *marks) flush() <-chan error {
	done := make(chan error, 1)
	m.mu.Lock()
	if m.timer != nil {
		m.timer.Stop()
	}
	none := m.last == nil
	m.mu.Unlock()
	if none {
		done <- nil
		return done
	}
	go func() { done <- m.sync() }()
	return done
}
