package vault

import (
	"fmt"

	"github.com/tacit-vault/tacit/crypto"
	"github.com/tacit-vault/tacit/vault/anchor"
	"github.com/tacit-vault/tacit/vault/remedy"
)

// compare notes whether a newer commit was seen elsewhere than the head comes
// from, and says so: what is read is not the newest, and what is written would
// be lost to who goes on with the other.
func (w *witness) compare(op string, c claim, m anchor.Memory) (err error) {
	w.newer, err = w.outrun(c, m)
	if err == nil && w.newer != nil {
		w.warn(outrunError(w.dir, c.head, w.newer))
	}
	return err
}

// outrun is what anchor.Outrun finds; nil where it finds nothing.
func (w *witness) outrun(c claim, m anchor.Memory) (*Sighting, error) {
	if m.Highest == m.Here {
		return nil, nil
	}
	links, err := linksFrom(w.dir, m, c)
	if err != nil {
		return nil, err
	}
	yes, err := anchor.Outrun(m, &c.head.Head, logFrom(c.view), links...)
	if err != nil || !yes {
		return nil, storeError(w.dir, err)
	}
	return &Sighting{Seq: m.Highest.Seq, Path: m.HighestAt, Away: m.HighestAway}, nil
}

// newest refuses to write to a vault of which this machine has seen a newer state
// elsewhere than the head's, unless by the user's word.
func (w *witness) newest(head *crypto.SignedHead) error {
	if w.newer == nil || w.byForce {
		return nil
	}
	return outrunError(w.dir, head, w.newer)
}

func outrunError(dir string, head *crypto.SignedHead, newer *Sighting) *SecretError {
	e := &SecretError{
		Code: RolledBack, Path: dir,
		Message: fmt.Sprintf("the vault here is at commit %d and does not come from %s; until one is chosen it is only read",
			head.Seq, newer),
		Remedy: remedy.To(remedy.ChooseCopy), Newer: newer,
	}
	if head.Seq >= newer.Seq {
		e.Code = Forked
	}
	return e
}
