package vault

import (
	"context"
	"errors"
	"slices"

	"github.com/tacit-vault/tacit/crypto"
	"github.com/tacit-vault/tacit/vault/remedy"
)

// Examined is a vault that is looked at as it is: what Open refuses it for is a
// finding here. Nothing that it tells has been proven, so it reads no values out
// and writes nothing.
type Examined struct {
	v        *Vault // nil where the database cannot be opened; without a head where that cannot be read
	findings []Finding
}

// Examine opens what can be opened of the vault in dir, for reading, without
// asking the machine's memory. Like every first Open it replays the log of a
// writer that was killed.
//
// An error says that it could not be done: NoVault, Newer, Busy, NoSpace,
// ReadOnly. Anything that is wrong with the vault is among the findings of
// [Examined.Verify] and [Examined.Surface].
func Examine(ctx context.Context, dir string, o Options) (x *Examined, err error) {
	defer naming(opVerify, &err)
	const op = "verify"
	o.Write = false
	x = &Examined{}
	anchors, err := o.anchors()
	if err != nil {
		return nil, wrap("", err)
	}
	real, err := checkDir(dir, o.Owners...)
	if CodeOf(err) == Unsafe {
		if err := x.found(err); err != nil {
			return nil, err
		}
		real, err = realDir(dir)
	}
	if err != nil {
		return nil, missed(dir, anchors, err)
	}
	file, _, err := readVaultFile(real)
	err = missed(dir, anchors, err)
	fileErr := err
	if err != nil && (!CodeOf(err).Tampering() || CodeOf(err) == VaultMissing) {
		return nil, err
	}
	o.Write = false
	s, err := openStore(ctx, op, real, o, anchors)
	if err != nil {
		return x, errors.Join(x.found(fileErr), x.found(storeError(real, err)))
	}
	doubt(s)
	v := newVault(real, o, anchors)
	v.current.store, v.file = s, file
	x.v = v
	if err := v.current.load(); err != nil {
		err = errors.Join(x.found(fileErr), x.found(err))
		if err != nil {
			s.Close()
		}
		return x, err
	}
	return x, nil // the verifier reads VAULT again
}

// found keeps an error about the vault as a finding, and returns any other.
func (x *Examined) found(err error) error {
	f, ok := findingOf(err)
	if !ok {
		return err
	}
	x.findings = append(x.findings, f)
	return nil
}

// readable tells whether there is a head to hold the rest against.
func (x *Examined) readable() bool { return x.v != nil && x.v.current.head != nil }

// Status is what the vault says of itself; false where it says nothing.
func (x *Examined) Status() (Status, bool) {
	if !x.readable() {
		return Status{}, false
	}
	return x.v.Status(), true
}

// Surface finds what is wrong with the vault as far as every Open looks: the
// folder, VAULT, the head, what this machine remembers, the key slots. Besides
// the errors of Verify, Untrusted.
func (x *Examined) Surface(ctx context.Context) ([]Finding, error) {
	if !x.readable() {
		return x.findings, nil
	}
	memory := x.v.witness.recall(x.v.current.head.Vault)
	r, err := x.v.verify(ctx, x.v.current.view, VerifyOptions{}, &memory, true)
	return slices.Concat(x.findings, r.Findings), err
}

// Unlock tries keys on the slots that are whole. WrongKey where none fits,
// SlotTampered where none is whole.
func (x *Examined) Unlock(ctx context.Context, keys ...crypto.Key) (err error) {
	defer naming("unlock", &err)
	none := &SecretError{Code: SlotTampered, Message: "no undamaged key slot is left to try a key on", Remedy: remedy.To(remedy.Restore)}
	if !x.readable() {
		return none
	}
	v := x.v
	var slots []crypto.Slot
	var files [][]byte
	err = v.current.view(ctx, "", func(s *snapshot) error {
		for _, slot := range s.head.Slots {
			file, err := s.slotFile(slot)
			if err == nil {
				slots, files = append(slots, slot), append(files, file)
			} else if !CodeOf(err).Tampering() {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	if len(slots) == 0 {
		return none
	}
	id, err := v.openSlots(ctx, slots, files, keys)
	if err != nil {
		return err
	}
	unlocked, err := id.Unlock(v.current.head.Vault)
	if err != nil {
		id.Wipe()
		return wrap("", err)
	}
	v.current.mu.Lock()
	defer v.current.mu.Unlock()
	v.current.keys, v.current.identity = unlocked, id
	return nil
}

// Verify is [Vault.Verify] of a vault that need not open. Where nothing is left
// to hold records against, the report has only what is wrong.
func (x *Examined) Verify(ctx context.Context, o VerifyOptions) (Report, error) {
	if !x.readable() {
		return Report{Findings: x.findings}, nil
	}
	o.Full = o.Full && x.v.Unlocked()
	memory := x.v.witness.recall(x.v.current.head.Vault)
	r, err := x.v.verify(ctx, x.v.current.view, o, &memory, false)
	r.Findings = slices.Concat(x.findings, r.Findings)
	return r, err
}

// Slots is [Vault.Slots].
func (x *Examined) Slots(ctx context.Context) ([]SlotInfo, error) {
	if !x.readable() {
		return nil, nil
	}
	return x.v.Slots(ctx)
}

// Close ends the examination.
func (x *Examined) Close() error {
	if x.v == nil {
		return nil
	}
	return x.v.Close()
}

// List is [Vault.List].
func (x *Examined) List(ctx context.Context, o ListOptions) ([]Info, error) {
	if !x.readable() {
		return nil, nil
	}
	return x.v.List(ctx, o)
}

// Vault is the vault itself, for what needs one: only where Surface has found nothing.
// It ends with Close. nil where there is none.
func (x *Examined) Vault() *Vault {
	if !x.readable() {
		return nil
	}
	return x.v
}

// Exposed is [Vault.Exposed].
func (x *Examined) Exposed(ctx context.Context) ([]Exposure, error) {
	if !x.readable() {
		return nil, nil
	}
	return x.v.Exposed(ctx)
}

// Unlocked tells whether Unlock has succeeded.
func (x *Examined) Unlocked() bool { return x.readable() && x.v.Unlocked() }
