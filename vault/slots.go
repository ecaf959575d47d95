package vault

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/tacit-vault/tacit/crypto"
	"github.com/tacit-vault/tacit/vault/remedy"
)

// Slots lists the key slots with all that is known of each. It needs no key;
// Drilled is known only while the vault is unlocked.
func (v *Vault) Slots(ctx context.Context) (list []SlotInfo, err error) {
	err = v.current.view(ctx, "key list", func(s *snapshot) error {
		drilled := drills{}
		if s.keys != nil {
			if _, err := s.reserved(drillsName, &drilled); err != nil {
				return err
			}
		}
		used := v.witness.anchors.Used(s.head.Vault)
		list = nil
		for _, slot := range s.head.Slots {
			info := slotInfo(slot)
			info.Used = used[slot.ID]
			if file, err := s.slotFile(slot); err == nil {
				info.WorkFactor, _ = crypto.WorkFactor(file)
			}
			if day, ok := drilled[slot.ID]; ok {
				info.Drilled = time.Unix(day, 0).UTC()
			}
			list = append(list, info)
		}
		return nil
	})
	return list, err
}

// AddSlot adds a way in. It costs the same however many secrets there are.
//
// Codes: Exists for a label that is taken; InvalidValue for one that cannot be,
// for too many slots, and for a lock that is not post-quantum in a vault that is.
func (v *Vault) AddSlot(ctx context.Context, spec NewSlot) (SlotInfo, error) {
	const op = "key add"
	return v.changeSlots(ctx, op, &spec, func(p *plan) error {
		return p.freeLabel(spec.Label)
	})
}

// ReplaceSlot puts another lock in the place of a slot: a new passphrase, say.
// The slot keeps its label and gets a new id. Who had the old secret and kept a
// copy of the vault can still open that copy: only Rotate ends that.
//
// Codes: NotFound for a label that there is not; those of AddSlot.
func (v *Vault) ReplaceSlot(ctx context.Context, label string, lock crypto.Lock) (SlotInfo, error) {
	const op = "key passwd"
	return v.changeSlots(ctx, op, &NewSlot{label, lock}, func(p *plan) error {
		_, err := p.dropSlot(label)
		return err
	})
}

// RemoveSlot removes a way in, and records in the same commit what it could
// have read: see Exposed. The last one cannot be removed.
//
// Codes: NotFound; InvalidValue for the last one.
func (v *Vault) RemoveSlot(ctx context.Context, label string) (SlotInfo, error) {
	const op = "key remove"
	return v.changeSlots(ctx, op, nil, func(p *plan) error {
		i, err := p.findSlot(label)
		if err != nil {
			return err
		}
		if len(p.head.Slots) == 1 {
			return &SecretError{
				Code: InvalidValue, Op: op, Path: v.dir,
				Message: fmt.Sprintf("key slot %s is the last one: without it nothing opens the vault", label),
				Remedy:  remedy.To(remedy.AddKeyFirst),
			}
		}
		removed := p.head.Slots[i]
		if _, err := p.dropSlot(label); err != nil {
			return err
		}
		p.slot = slotInfo(removed)
		return p.expose(removed)
	})
}

// changeSlots makes one commit of the slot table: what change does to it, and
// the new slot, where there is one. The slot is sealed beforehand: that may
// take a second, or a touch.
func (v *Vault) changeSlots(ctx context.Context, op string, spec *NewSlot, change func(*plan) error) (info SlotInfo, err error) {
	defer naming(op, &err)
	if err := v.writable(); err != nil {
		return info, err
	}
	identity, file, err := v.current.newSlot(ctx, spec)
	if err != nil {
		return info, err
	}
	_, err = v.change(ctx, op, func(p *plan) error {
		if err := change(p); err != nil {
			return err
		}
		if spec != nil {
			now, own := v.current.ownIdentity()
			if own != nil {
				own.Wipe()
			}
			if now != identity {
				return &SecretError{Code: Conflict, Path: v.dir, Message: "the vault's keys were rotated meanwhile", Remedy: remedy.To(remedy.TryAgain)}
			}
			if err := p.addSlot(*spec, file); err != nil {
				return err
			}
		}
		info = p.slot
		return nil
	}, nil)
	if err != nil {
		return SlotInfo{}, err
	}
	// The slot is committed: its copy follows even if nobody waits any more.
	if err := v.copies.write(context.WithoutCancel(ctx)); err != nil {
		v.warner.warn(fail(opCopies, err))
	}
	return info, nil
}

// newSlot seals the vault identity to a new slot.
func (c *current) newSlot(ctx context.Context, spec *NewSlot) (identity *crypto.Identity, file []byte, err error) {
	err = c.unlockedView(ctx, "", func(*snapshot) error {
		var own *crypto.Identity
		if identity, own = c.ownIdentity(); own == nil {
			return nil
		}
		defer own.Wipe()
		if spec == nil {
			return nil
		}
		file, err = sealSlot(own, *spec)
		return err
	})
	return identity, file, err
}

// sealSlot makes the file of a slot.
func sealSlot(identity *crypto.Identity, spec NewSlot) ([]byte, error) {
	file, err := crypto.MakeSlot(identity, spec.Lock)
	if err == nil {
		return file, nil
	}
	e := &SecretError{Code: InvalidValue, Err: err, Message: fmt.Sprintf("key slot %s: %v", spec.Label, err)}
	if errors.Is(err, crypto.ErrUnavailable) {
		e.Code = Locked
	}
	return nil, e
}

// entry is what the slot table says of a new slot.
func (s NewSlot) entry(id uint32, created int64, file []byte) crypto.Slot {
	return crypto.Slot{
		ID: id, Label: s.Label, Kind: s.Lock.Kind(), Created: max(created, 0),
		Sum: crypto.Sum(file), Recipient: s.Lock.Public(),
	}
}

// freeLabel refuses a label that is taken.
func (p *plan) freeLabel(label string) error {
	if slices.ContainsFunc(p.head.Slots, func(s crypto.Slot) bool { return s.Label == label }) {
		return &SecretError{
			Code:    Exists,
			Message: fmt.Sprintf("there is a key slot %s already", label), Remedy: remedy.To(remedy.ChooseLabel),
		}
	}
	return nil
}

func (p *plan) findSlot(label string) (int, error) {
	i := slices.IndexFunc(p.head.Slots, func(s crypto.Slot) bool { return s.Label == label })
	if i < 0 {
		return 0, &SecretError{
			Code:    NotFound,
			Message: fmt.Sprintf("there is no key slot %s (there are: %s)", printable(label), slotList(p.head.Slots)), Remedy: remedy.To(remedy.ListSlots),
		}
	}
	return i, nil
}

// dropSlot takes a slot out of the table; its file goes with the head.
func (p *plan) dropSlot(label string) (crypto.Slot, error) {
	i, err := p.findSlot(label)
	if err != nil {
		return crypto.Slot{}, err
	}
	slot := p.head.Slots[i]
	p.head.Slots = slices.Delete(p.head.Slots, i, i+1)
	p.trim = append(p.trim, slotKey(slot.ID))
	return slot, nil
}

// addSlot puts a new slot into the table, under an id that was never given.
func (p *plan) addSlot(spec NewSlot, file []byte) error {
	s := spec.entry(p.head.NextSlot, p.time, file)
	table := append(slices.Clone(p.head.Slots), s)
	if err := crypto.CheckSlots(table, s.ID+1); err != nil {
		return &SecretError{Code: InvalidValue, Err: err, Message: err.Error(), Remedy: remedy.To(remedy.RemoveSlot)}
	}
	p.head.Slots, p.head.NextSlot = table, s.ID+1
	p.slots = append(p.slots, pair{slotKey(s.ID), file})
	p.slot = slotInfo(s)
	return nil
}
