package vault

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/tacit-vault/tacit/crypto"
	"github.com/tacit-vault/tacit/vault/remedy"
)

// Unlock tries the keys, in order, on each slot that the head lists, and keeps
// the vault identity in memory until Close. A vault that is unlocked already
// stays so, with the keys that it has. Code WrongKey when none fits.
func (v *Vault) Unlock(ctx context.Context, keys ...crypto.Key) (err error) {
	defer naming("unlock", &err)
	head, files, err := v.current.slotFiles(ctx)
	if err != nil {
		return err
	}
	slots, files := without(head.Slots, files, v.options.Without)
	id, err := v.openSlots(ctx, slots, files, keys)
	if err != nil {
		return err
	}
	return v.current.unlock(head, id)
}

// without are the slots, and their files, but those of some labels.
func without(all []crypto.Slot, files [][]byte, labels []string) (slots []crypto.Slot, theirs [][]byte) {
	for i, s := range all {
		if !slices.Contains(labels, s.Label) {
			slots, theirs = append(slots, s), append(theirs, files[i])
		}
	}
	return slots, theirs
}

// Unlocked tells whether values can be read.
func (v *Vault) Unlocked() bool {
	v.current.mu.RLock()
	defer v.current.mu.RUnlock()
	return v.current.keys != nil && !v.current.closed
}

// openSlots returns the vault identity out of the first slot that opens. This
// machine remembers that the slot was used today.
func (v *Vault) openSlots(ctx context.Context, slots []crypto.Slot, files [][]byte, keys []crypto.Key) (*crypto.Identity, error) {
	var missed []error // keys that could not be tried
	tried := make([]string, 0, len(keys))
	for _, k := range keys {
		tried = append(tried, k.Name())
		for i, s := range slots {
			if err := ctx.Err(); err != nil {
				return nil, err
			}
			id, err := crypto.OpenSlot(ctx, k, s, files[i])
			switch {
			case errors.Is(err, crypto.ErrWrongKey):
				continue
			case errors.Is(err, crypto.ErrUnavailable):
				missed = append(missed, err)
				continue
			case err != nil:
				return nil, slotError(v.dir, s, err)
			}
			// A convenience: where it cannot be written, nothing is said.
			_ = v.witness.anchors.NoteUsed(v.file.ID, s.ID, v.now())
			return id, nil
		}
	}
	return nil, &SecretError{
		Code: WrongKey, Path: v.dir, Err: errors.Join(missed...),
		Message: fmt.Sprintf("wrong key: the %s does not open any slot of this vault (%s)",
			strings.Join(tried, ", "), slotList(slots)),
		Remedy: remedy.To(remedy.GiveOtherKey),
	}
}
