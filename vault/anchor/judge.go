package anchor

import (
	"errors"
	"fmt"

	"github.com/tacit-vault/tacit/crypto"
)

// Verdict is what a head is, held against what the machine remembers.
type Verdict int

// The verdicts. With the first five the vault may be used.
const (
	// Fine: the very commit that was last seen here.
	Fine Verdict = iota + 1
	// Ahead: proven to come from the commit last seen here. Save it.
	Ahead
	// New: never seen. Save it and tell the user the pin.
	New
	// NewPath: known, and moved or copied to a path new to this machine; it is
	// the highest commit seen, or proven to come from it. Save it.
	NewPath
	// Restored: the very commit that a restore to this path has announced. Save it.
	Restored

	// Forked: it does not come from the commit last seen here, or its log lacks
	// what has to be there to prove that it does.
	Forked
	// Unproven: so far ahead of the commit last seen here that the log does not
	// tell whether it comes from it.
	Unproven
	// RolledBack: older than the commit last seen here.
	RolledBack
	// Substituted: another vault is known at this path, or the vault is known
	// with another pin and no rotation leads from the one to the other.
	Substituted
	// Untrusted: never seen, and found rather than named by the user.
	Untrusted
	// PathUntrusted: known, at a path new to this machine, and not proven to
	// come from the highest commit seen.
	PathUntrusted
)

// Accepted tells whether the vault may be used.
func (v Verdict) Accepted() bool { return Fine <= v && v <= Restored }

// Found is the verdict on a vault that was found by walking up from the current
// folder: a New one is Untrusted, so that a cloned repository cannot feed a
// user secrets.
func (v Verdict) Found() Verdict {
	if v == New {
		return Untrusted
	}
	return v
}

func (v Verdict) String() string {
	names := [...]string{
		Fine: "fine", Ahead: "ahead", New: "new", NewPath: "new path", Restored: "restored", Forked: "forked", Unproven: "unproven",
		RolledBack: "rolled back", Substituted: "substituted", Untrusted: "untrusted", PathUntrusted: "path untrusted",
	}
	if v < Fine || int(v) >= len(names) {
		return fmt.Sprintf("verdict(%d)", int(v))
	}
	return names[v]
}

// Judge holds a head against what is remembered of its vault and its path. The
// head's signature must have been checked, by the pin that it names. links are
// those of the vault's rotations, in the order of their seqs; where they lead
// from the remembered pin to the head's, the new pin is to be saved only by
// who has also unlocked the vault (Update.Rotated).
//
// The error is one of log, or wraps crypto.ErrForged where the log of heads is
// not the one that the head commits to; there is no verdict then.
func Judge(m Memory, head *crypto.Head, log crypto.LogGetter, links ...crypto.Link) (Verdict, error) {
	switch {
	case m.Announces(head):
		return Restored, nil
	case m.PathKnown && m.PathVault != head.Vault:
		return Substituted, nil
	case !m.Known:
		return New, nil
	case m.Pin != head.Pin:
		return judgeRotated(m, head, log, links)
	case !m.Next.IsZero() && m.Next == head.Point():
		// Most often it comes from what was seen here; by the user's word it need not.
		return Ahead, nil
	}
	return m.verdict(head, crypto.Descends(head, m.Reference(), log))
}

// Outrun tells whether a commit of the vault was seen elsewhere, m.Highest, that
// the head does not come from, and that is as high as what was seen here or
// higher: the head is one of an older copy, or of another history, though nobody
// has changed it behind the machine's back at this path. It is for heads that
// Judge accepts; the error is one of log.
func Outrun(m Memory, head *crypto.Head, log crypto.LogGetter, links ...crypto.Link) (bool, error) {
	if !m.HereKnown || m.Own || m.Highest == m.Here || m.Announces(head) {
		return false, nil
	}
	var err error
	if m.Pin == head.Pin {
		err = crypto.Descends(head, m.Highest, log)
	} else {
		err = crypto.FollowLinks(head, log, m.Highest, m.Pin, links)
	}
	for _, apart := range []error{crypto.ErrForked, crypto.ErrBehind, crypto.ErrUnproven, crypto.ErrForged} {
		if errors.Is(err, apart) {
			return true, nil
		}
	}
	return false, err
}

// Behind tells whether the head is not above the highest commit that was seen,
// or so little above it that the log would have to prove where it comes from.
func (m Memory) Behind(head *crypto.Head) bool {
	return m.Known && head.Seq < m.Highest.Seq+crypto.LogWindow
}

// judgeRotated judges a head of another pin than the one remembered.
func judgeRotated(m Memory, head *crypto.Head, log crypto.LogGetter, links []crypto.Link) (Verdict, error) {
	err := crypto.FollowLinks(head, log, m.Reference(), m.Pin, links)
	// Until links have proven it, the head is another vault's: that it is
	// behind or forked says nothing.
	if errors.Is(err, crypto.ErrForged) || errors.Is(err, crypto.ErrForked) || errors.Is(err, crypto.ErrBehind) {
		return Substituted, nil
	}
	return m.verdict(head, err)
}

// verdict is what descent, the outcome of crypto.Descends, means.
func (m Memory) verdict(head *crypto.Head, descent error) (Verdict, error) {
	known := Verdict(0)
	switch {
	case descent == nil && head.Seq == m.Reference().Seq:
		known = Fine
	case descent == nil:
		known = Ahead
	case errors.Is(descent, crypto.ErrForked):
		known = Forked
	case errors.Is(descent, crypto.ErrBehind):
		known = RolledBack
	case errors.Is(descent, crypto.ErrUnproven) && head.Seq-m.Reference().Seq < crypto.LogWindow:
		// The log has to reach as far: who cut it may have had a fork to hide.
		known = Forked
	case errors.Is(descent, crypto.ErrUnproven):
		known = Unproven
	default:
		return 0, fmt.Errorf("proving where the vault comes from: %w", descent)
	}
	switch {
	case m.HereKnown:
		return known, nil
	case known.Accepted():
		return NewPath, nil
	}
	return PathUntrusted, nil
}
