package vault

import (
	"errors"
	"path/filepath"

	"github.com/tacit-vault/tacit/crypto"
	"github.com/tacit-vault/tacit/store"
	"github.com/tacit-vault/tacit/store/storedir"
	"github.com/tacit-vault/tacit/vault/anchor"
	"github.com/tacit-vault/tacit/vault/remedy"
)

// remember records the head where it is newer than what was remembered. A
// state folder that cannot be written never blocks a read. Where there is no
// place for one, what an earlier environment remembered is not seen either:
// unless the user says what to expect, a read too tells that it has no memory.
func (w *witness) remember(head *crypto.SignedHead, unlocked bool, m anchor.Memory, verdict anchor.Verdict) {
	w.takeReplica(m)
	w.isNew = !m.Known
	restored := verdict == anchor.Restored
	rotated := m.Known && m.Pin != head.Pin && !restored
	switch {
	case verdict == anchor.Fine && m.PathKnown && !rotated && m.Announced == (anchor.Announced{}):
		return // nothing to change, and no need to look again
	case rotated && !unlocked:
		return // links say that it is the same vault; only a key proves it
	}
	err := w.save(head, anchor.Update{Rotated: rotated, Announced: restored})
	w.forgot.Store(err != nil)
	if w.options.Write || w.options.Expect == "" && noMemory(err) {
		w.warn(err)
	}
}

// takeReplica goes on as the replica that is remembered, or as a new one.
func (w *witness) takeReplica(m anchor.Memory) {
	if w.replica = m.Replica; w.replica == (crypto.Replica{}) {
		w.replica = crypto.NewReplica()
	}
}

// rememberNew remembers a vault that was just made. Where this machine knows
// another one in its place, it has to.
func (w *witness) rememberNew(head *crypto.SignedHead) error {
	err := w.anchors.Save(head.Vault, w.dir, w.update(head, anchor.Update{Force: true}))
	if err != nil && w.anchors.Knows(crypto.ID{}, w.dir) {
		return w.refusal(err)
	}
	w.warn(w.failure(err))
	return nil
}

// announce tells this machine that the vault as it is comes to dir, so that neither
// what was there nor the vault is an alarm if what puts it there is stopped. False
// where that cannot be written down; an error where, besides, this machine knows
// the place or the vault.
func (w *witness) announce(head *crypto.SignedHead, dir string) (bool, error) {
	err := w.anchors.Announce(dir, anchor.Announced{Vault: head.Vault, Pin: head.Pin, Point: head.Point()})
	if err != nil && w.anchors.Knows(head.Vault, dir) {
		return false, w.refusal(err)
	}
	return err == nil, nil
}

// save makes this machine remember the head as it is.
func (w *witness) save(head *crypto.SignedHead, u anchor.Update) error {
	if w.unplaced {
		return nil
	}
	return w.failure(w.anchors.Save(head.Vault, w.dir, w.update(head, u)))
}

// update fills in what is to be remembered of a head.
func (w *witness) update(head *crypto.SignedHead, u anchor.Update) anchor.Update {
	u.Pin, u.Point, u.Replica = head.Pin, head.Point(), w.replica
	return u
}

// failure is a state that could not be remembered.
func (w *witness) failure(err error) error {
	if err == nil {
		return nil
	}
	e := &SecretError{
		Code: ReadOnly, Op: "remember", Path: w.dir, Err: err,
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

// prepare writes down that the head next is about to be committed after now, which
// is nil in a new vault. Where this machine remembers the vault or the place and
// cannot write that, the commit is refused; where it has no place for a memory, the
// user is warned. nil: there is nothing to settle.
func (w *witness) prepare(now, next *crypto.SignedHead) (*anchor.Pending, error) {
	if w.unplaced || now == nil {
		return nil, nil
	}
	u := w.update(next, anchor.Update{Rotated: next.Pin != now.Pin, Force: w.byForce})
	pending, err := w.anchors.Prepare(next.Vault, w.dir, w.update(now, anchor.Update{}), u)
	switch {
	case err == nil:
		return pending, nil
	case noMemory(err), !refuses(err) && !w.anchors.Knows(next.Vault, w.dir):
		w.warn(w.failure(err))
		return nil, nil
	}
	return nil, during("remember", w.refusal(err))
}

// refuses tells whether it is the memory that says no, and not the disk.
func refuses(err error) bool {
	return errors.Is(err, anchor.ErrForked) || errors.Is(err, anchor.ErrRefused) || errors.Is(err, anchor.ErrUnreadable)
}

// refusal is the error of a change that was not made because this machine
// could not have remembered it.
func (w *witness) refusal(err error) error {
	e := &SecretError{Code: ReadOnly, Path: w.dir, Err: err}
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
		e.Remedy = remedy.To(remedy.FindHolder, remedy.Path.Named(filepath.Join(w.anchors.Path, "lock")))
	default:
		if storedir.IsNoSpace(err) {
			e.Code = NoSpace
		}
		e.Message = "nothing was written: this machine could not note the change in its state folder " + w.anchors.Path + ": " + err.Error()
		e.Remedy = remedy.To(remedy.MakeRoomForState)
	}
	return e
}

// settle ends what prepare began. Of a commit that may be there or not, what was
// written ahead stays: it fits both.
func (w *witness) settle(pending *anchor.Pending, failed error) {
	switch {
	case pending == nil, errors.Is(failed, store.ErrUncertain):
	case failed != nil:
		pending.Drop()
	default:
		err := w.failure(pending.Take())
		w.forgot.Store(err != nil)
		w.warn(err)
		w.marks.set(pending)
	}
}
