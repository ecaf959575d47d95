package vault

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/tacit-vault/tacit/crypto"
	"github.com/tacit-vault/tacit/store"
)

// Unlock tries the keys, in order, on each slot that the head lists, and keeps
// the vault identity in memory until Close. Code WrongKey when none fits.
func (v *Vault) Unlock(ctx context.Context, keys ...crypto.Key) error {
	const op = "unlock"
	id, err := v.openSlots(ctx, op, keys)
	if err != nil {
		return err
	}
	return v.unlockWith(op, id)
}

// Unlocked tells whether values can be read.
func (v *Vault) Unlocked() bool {
	v.mu.RLock()
	defer v.mu.RUnlock()
	return v.keys != nil && !v.closed
}

// openSlots returns the vault identity out of the first slot that opens.
func (v *Vault) openSlots(ctx context.Context, op string, keys []crypto.Key) (*crypto.Identity, error) {
	tried := make([]string, 0, len(keys))
	for _, k := range keys {
		tried = append(tried, k.Name())
		for _, s := range v.head.Slots {
			if err := ctx.Err(); err != nil {
				return nil, err
			}
			file, err := v.slotFile(op, s)
			if err != nil {
				return nil, err
			}
			id, err := crypto.OpenSlot(ctx, k, s, file)
			switch {
			case errors.Is(err, crypto.ErrWrongKey):
				continue
			case err != nil:
				return nil, v.slotError(op, s, err)
			}
			return id, nil
		}
	}
	return nil, &SecretError{
		Code: WrongKey, Op: op, Path: v.dir,
		Message: fmt.Sprintf("wrong key: the %s does not open any slot of this vault (%s)",
			strings.Join(tried, ", "), v.slotList()),
		Hint: "give the right one with --identity FILE or --passphrase-file FILE; tacit status lists the slots",
	}
}

// unlockWith takes the identity over if the head is its own.
func (v *Vault) unlockWith(op string, id *crypto.Identity) error {
	keys, err := id.Unlock(v.head.Vault)
	if err != nil {
		return fail(op, "", err)
	}
	if err := keys.CheckHead(v.head); err != nil {
		keys.Wipe()
		return &SecretError{
			Code: HeadForged, Op: op, Path: v.dir, Err: err,
			Message: "the head of the vault was not made with the vault's identity: forged or substituted",
			Hint:    "restore a backup",
		}
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.keys != nil {
		v.keys.Wipe()
	}
	v.keys = keys
	return nil
}

// slotFile reads a slot and holds it against the slot table.
func (v *Vault) slotFile(op string, s crypto.Slot) (file []byte, err error) {
	err = v.store.View(func(r store.Reader) error {
		file, err = getOrNil(r, slotKey(s.ID))
		return err
	})
	if err != nil {
		return nil, storeError(op, v.dir, err)
	}
	if file == nil {
		return nil, v.slotError(op, s, crypto.ErrMissing)
	}
	if crypto.Sum(file) != s.Sum {
		return nil, v.slotError(op, s, crypto.ErrForged)
	}
	return file, nil
}

// checkSlots holds every slot against the slot table, before any is tried: a
// slot that somebody changed is found by whoever opens the vault next.
func (v *Vault) checkSlots(op string) error {
	for _, s := range v.head.Slots {
		if _, err := v.slotFile(op, s); err != nil {
			return err
		}
	}
	return nil
}

func (v *Vault) slotError(op string, s crypto.Slot, err error) error {
	e := &SecretError{Code: SlotTampered, Op: op, Path: v.dir, Err: err, Hint: "restore a backup"}
	switch {
	case errors.Is(err, crypto.ErrMissing):
		e.Message = fmt.Sprintf("key slot %s is missing: deleted or lost", s.Label)
	case errors.Is(err, crypto.ErrForged):
		e.Message = fmt.Sprintf("key slot %s is not the one that the vault lists: changed or damaged", s.Label)
	case errors.Is(err, crypto.ErrMalformed), errors.Is(err, crypto.ErrLimit), errors.Is(err, crypto.ErrNewer):
		e.Message = fmt.Sprintf("key slot %s: %v", s.Label, err)
	default:
		return fail(op, "", err)
	}
	return e
}

// slotList names the slots, for messages.
func (v *Vault) slotList() string {
	names := make([]string, 0, len(v.head.Slots))
	for _, s := range v.head.Slots {
		names = append(names, s.Label+": "+s.Kind)
	}
	return strings.Join(names, ", ")
}

// lockedError says that a key is needed.
func (v *Vault) lockedError(op string) error {
	return &SecretError{
		Code: Locked, Op: op, Path: v.dir,
		Message: "the vault is locked: this needs a key to one of its slots (" + v.slotList() + ")",
		Hint:    "give one with --identity FILE or --passphrase-file FILE",
	}
}
