package vault

import (
	"errors"
	"fmt"

	"github.com/tacit-vault/tacit/crypto"
	"github.com/tacit-vault/tacit/vault/anchor"
	"github.com/tacit-vault/tacit/vault/remedy"
)

// weigh holds the head of a vault that is being opened against what was expected
// and what is remembered. hasKeys tells whether it is unlocked, or will be.
func (w *witness) weigh(c claim, hasKeys bool) (anchor.Memory, anchor.Verdict, error) {
	r := w.recall(c.head.Vault)
	if !hasKeys || !w.vouchedByMAC(r, c.head) {
		if err := signed(w.dir, c.head); err != nil {
			return anchor.Memory{}, 0, err
		}
	}
	return w.judge(c, r)
}

// vouchedByMAC tells whether the signature of the head proves nothing more to who has
// keys: this machine has seen that very head at this place, with that pin, and
// unlocking checks the MAC, by which nobody signs who cannot make it. Writers check
// both, and so does Verify, which says when the signature is broken.
func (w *witness) vouchedByMAC(r recollection, head *crypto.SignedHead) bool {
	m := r.memory
	return !w.options.Write && r.err == nil && m.HereKnown && m.Here == head.Point() && m.Pin == head.Pin
}

// signed tells whether the head is signed by the pin that it names itself.
// Whether that is the right one is the machine's memory to say.
func signed(dir string, head *crypto.SignedHead) error {
	err := head.CheckSig(head.Pin)
	if err == nil {
		return nil
	}
	return &SecretError{
		Code: HeadForged, Path: dir, Err: err,
		Message: "the head of the vault is not signed by its key: forged or damaged", Remedy: remedy.To(remedy.Restore),
	}
}

// recollection is what this machine remembers of the vault, or why that cannot
// be told.
type recollection struct {
	memory anchor.Memory
	err    error
}

// recall loads what this machine remembers of the vault with that id.
func (w *witness) recall(id crypto.ID) recollection {
	m, err := w.anchors.Load(id, w.dir)
	if err != nil {
		err = memoryError(w.dir, err)
	}
	return recollection{m, err}
}

// judge holds a head that is vouched for against what was expected and what is
// remembered. That must have been loaded before the head was read: of two
// processes, one of which writes, the other would take its view for rolled back.
func (w *witness) judge(c claim, r recollection) (anchor.Memory, anchor.Verdict, error) {
	expected := w.options.Expect != "" // which then serves as trust
	if expected {
		if err := checkExpect(w.dir, w.options.Expect, c.head.Pin.String(), c.head.Seq); err != nil {
			return anchor.Memory{}, 0, err
		}
	}
	m := r.memory
	if r.err != nil {
		return m, 0, r.err
	}
	links, err := linksFrom(w.dir, m, c)
	if err != nil {
		return m, 0, err
	}
	verdict, err := anchor.Judge(m, &c.head.Head, logFrom(c.view), links...)
	if errors.Is(err, crypto.ErrForged) {
		return m, 0, &SecretError{
			Code: HeadForged, Path: w.dir, Err: err,
			Message: "the log of the vault's heads is not the one that was committed: forged or damaged", Remedy: remedy.To(remedy.Restore),
		}
	}
	if err != nil {
		return m, 0, storeError(w.dir, err)
	}
	switch {
	case verdict == anchor.Unproven && expected, verdict == anchor.PathUntrusted && w.vouched(m, c.head):
		verdict = anchor.NewPath
	case w.options.Discovered && !expected:
		verdict = verdict.Found()
	}
	return m, verdict, nil
}

// vouched tells whether what the user expects is enough to take a head at a new
// path. A pin alone says nothing of how new it is: where a newer one was seen
// elsewhere, it takes a seq.
func (w *witness) vouched(m anchor.Memory, head *crypto.SignedHead) bool {
	e, err := anchor.ParseExpect(w.options.Expect)
	return err == nil && (e.Seq > 0 || !m.Behind(&head.Head))
}

// follows refuses a head in the folder dir that is not the one that was there, and
// does not descend from it.
func follows(dir string, c claim, had *crypto.SignedHead) error {
	m := anchor.Memory{Known: true, HereKnown: true, Pin: had.Pin, Here: had.Point(), Highest: had.Point()}
	links, err := linksFrom(dir, m, c)
	if err != nil {
		return err
	}
	verdict, err := anchor.Judge(m, &c.head.Head, logFrom(c.view), links...)
	if err != nil {
		return storeError(dir, err)
	}
	return verdictError(dir, c.head, m, verdict)
}

// verdictError turns what the machine's memory says of a head in the folder dir
// into an error, or nil where the vault may be used.
func verdictError(dir string, head *crypto.SignedHead, m anchor.Memory, verdict anchor.Verdict) error {
	e := &SecretError{Path: dir}
	switch verdict {
	case anchor.Fine, anchor.Ahead, anchor.New, anchor.NewPath, anchor.Restored:
		return nil
	case anchor.Forked:
		e.Code = Forked
		e.Message = fmt.Sprintf("forked: commit %d of this vault is not the one that this machine has seen", m.Reference().Seq)
		e.Remedy = remedy.To(remedy.AcceptFork)
	case anchor.Unproven:
		e.Code = Unproven
		e.Message = fmt.Sprintf("the vault is %d commits ahead of what this machine has seen, further than its log proves",
			head.Seq-m.Reference().Seq)
		e.Remedy = remedy.To(remedy.Trust)
	case anchor.RolledBack:
		e.Code = RolledBack
		e.Message = fmt.Sprintf("rolled back, or lost: the vault is at commit %d, this machine has seen commit %d",
			head.Seq, m.Reference().Seq)
		e.Remedy = remedy.To(remedy.AcceptRollback)
	case anchor.Substituted:
		e.Code = Substituted
		e.Message = "substituted: another vault stands where this machine knows one"
		if m.PathKnown && m.PathVault != head.Vault {
			e.Message += fmt.Sprintf(" (known: %s, found: %s)", m.PathVault, head.Vault)
			e.Remedy = remedy.To(remedy.TrustPutThere)
		} else {
			e.Message += fmt.Sprintf(" (same id, known pin: %s, found: %s)", m.Pin, head.Pin)
			e.Remedy = remedy.To(remedy.PutRightBack)
		}
	case anchor.PathUntrusted:
		e.Code = Untrusted
		e.Newer = &Sighting{Seq: m.Highest.Seq, Path: m.HighestAt, Away: m.HighestAway}
		e.Message = fmt.Sprintf("this machine knows the vault at another place: the one here is at commit %d, and does not come from %s",
			head.Seq, e.Newer)
		e.Remedy = remedy.To(remedy.UseOtherOrTrust)
	case anchor.Untrusted:
		e.Code = Untrusted
		e.Message = "this machine has never seen this vault, and it was found, not named"
		e.Remedy = remedy.To(remedy.TrustOrName, remedy.Vault.Named(dir))
	default:
		e.Code = Internal
		e.Message = "the vault's state could not be judged"
	}
	return e
}
