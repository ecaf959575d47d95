package vault

import (
	"context"
	"slices"
	"time"

	"github.com/tacit-vault/tacit/crypto"
)

// RemovedSlot is a key slot that was removed: who had its secret may have kept
// all that was in the vault until then.
type RemovedSlot struct {
	Label     string    `json:"label"`
	Kind      string    `json:"kind"`
	Recipient string    `json:"recipient,omitempty"`
	Seq       uint64    `json:"seq"` // the commit that removed it
	At        time.Time `json:"at"`
}

// Exposure is a secret whose value a removed slot could have read.
type Exposure struct {
	Name    string
	Version uint64
	Updated time.Time
	By      []string  // labels of the removed slots, oldest removal first
	Since   time.Time // the first of these removals
}

// maxRemoved is how many removals are remembered. What an older one could read
// a newer one could too, so that with an old entry only its label is lost.
const maxRemoved = 200

// expose records that a slot was removed.
func (p *plan) expose(s crypto.Slot) error {
	var removed []RemovedSlot
	old, err := p.s.reserved(removedName, &removed)
	if err != nil {
		return err
	}
	return p.stageReserved(removedName, old, appendRemoved(removed, s, p.seq, p.time))
}

// appendRemoved adds a slot that the commit of seq removes.
func appendRemoved(removed []RemovedSlot, s crypto.Slot, seq uint64, now int64) []RemovedSlot {
	removed = append(removed, RemovedSlot{
		Label: s.Label, Kind: s.Kind, Recipient: s.Recipient, Seq: seq, At: time.Unix(now, 0).UTC(),
	})
	return removed[max(0, len(removed)-maxRemoved):]
}

// Removed lists the key slots that were removed, oldest first. It needs a key.
func (v *Vault) Removed(ctx context.Context) (removed []RemovedSlot, err error) {
	err = v.current.unlockedView(ctx, "exposed", func(s *snapshot) error {
		_, err := s.reserved(removedName, &removed)
		return err
	})
	return removed, err
}

// Exposed lists the secrets, by name, whose present value a removed key slot
// could have read: those that were written before the removal and not changed
// since. Copying, renaming, rolling back and rotating change no value. It needs
// a key.
func (v *Vault) Exposed(ctx context.Context) (list []Exposure, err error) {
	err = v.current.unlockedView(ctx, "exposed", func(s *snapshot) error {
		var removed []RemovedSlot
		if _, err := s.reserved(removedName, &removed); err != nil || len(removed) == 0 {
			return err
		}
		entries, err := s.entries(ctx, func(e crypto.Entry) bool { return e.Kind != crypto.Gone && !ours(e.Name) })
		if err != nil {
			return err
		}
		all, err := parallel(ctx, entries, func(e crypto.Entry) (Exposure, error) { return s.exposure(e, removed) })
		list = slices.DeleteFunc(all, func(x Exposure) bool { return len(x.By) == 0 })
		return err
	})
	return list, err
}

// exposure tells by which removed slots the value of an entry could be read.
func (s *snapshot) exposure(e crypto.Entry, removed []RemovedSlot) (Exposure, error) {
	b, err := s.record(e)
	if err != nil {
		return Exposure{}, err
	}
	h, err := crypto.ParseRecord(b)
	if err != nil {
		return Exposure{}, &SecretError{Code: Corrupt, Key: e.Name, Err: err}
	}
	x := Exposure{Name: e.Name, Version: e.Version, Updated: time.Unix(h.Updated, 0).UTC()}
	origin := originOf(h)
	for _, r := range removed {
		if origin >= r.Seq {
			continue
		}
		if x.By == nil {
			x.Since = r.At
		}
		x.By = append(x.By, r.Label)
	}
	return x, nil
}
