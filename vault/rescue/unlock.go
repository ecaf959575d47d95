package rescue

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/tacit-vault/tacit/crypto"
	"github.com/tacit-vault/tacit/vault"
	"github.com/tacit-vault/tacit/vault/remedy"
)

// maxScrypt is how many passphrase slots are tried: each costs about a second,
// one that was made to hurt four. A vault has at most four.
const maxScrypt = 16

// A SlotKey is a key that opened a slot of the ruin.
type SlotKey struct {
	Key  crypto.Key
	Slot vault.SlotInfo
}

// unsealed is a vault identity that came out of a slot.
type unsealed struct {
	identity *crypto.Identity
	// keys are those of the vault that it is the identity of. Until that is
	// known, by a head or by the first record, there is one for each id.
	keys []*crypto.Keys
	sure bool
	past []*crypto.Keys     // those that are out of the question, and may be in use still
	head *crypto.SignedHead // the newest that was made with it; nil: none is left
}

// Unlock tries the keys on the slots. All that open count: before and after a
// rotation a vault has another identity, and both may have left records.
//
// Codes: Locked where no slot was found, WrongKey where none opens.
func (r *Ruin) Unlock(ctx context.Context, keys ...crypto.Key) error {
	if len(r.slots) == 0 {
		return &vault.SecretError{
			Code: vault.Locked, Op: op, Path: r.path,
			Message: "no key slot is left in it, so nothing opens what is",
			Remedy:  remedy.To(remedy.RescueWithSlots),
		}
	}
	var missed []error
	left := maxScrypt
	for _, k := range keys {
		for _, s := range r.slots {
			id, err := r.open(ctx, k, s, &left)
			switch {
			case ctx.Err() != nil:
				return ctx.Err()
			case errors.Is(err, context.Canceled): // a prompt that was left
				return err
			case errors.Is(err, crypto.ErrUnavailable):
				missed = append(missed, err)
			case err == nil && id != nil:
				if err := r.take(id); err != nil {
					return err
				}
				r.opened = append(r.opened, SlotKey{k, s.info()})
			}
		}
	}
	if left < 0 {
		missed = append(missed, fmt.Errorf("%d passphrase slots were not tried: there are too many to be a vault's", -left))
	}
	if len(r.vaults) == 0 {
		return r.wrongKey(keys, missed)
	}
	return r.choose()
}

func (r *Ruin) wrongKey(keys []crypto.Key, missed []error) error {
	names, kinds := []string{}, []string{}
	for _, k := range keys {
		names = append(names, k.Name())
	}
	for _, s := range r.slots {
		if text := s.Label + ": " + s.Kind; !slices.Contains(kinds, text) && len(kinds) < 10 {
			kinds = append(kinds, text)
		}
	}
	return &vault.SecretError{
		Code: vault.WrongKey, Op: op, Path: r.path, Err: errors.Join(missed...),
		Message: fmt.Sprintf("wrong key: the %s does not open any of the key slots that are left (%s)",
			strings.Join(names, ", "), strings.Join(kinds, ", ")),
		Remedy: remedy.To(remedy.GiveRightKey),
	}
}

// open tries one key on one slot, in the forms that it can have. Whatever is
// wrong with a slot is no reason not to try the next.
func (r *Ruin) open(ctx context.Context, k crypto.Key, s *slot, scrypt *int) (*crypto.Identity, error) {
	kinds := []string{s.Kind}
	if s.listed == 0 && s.Kind == crypto.KindPassphrase {
		kinds = append(kinds, crypto.KindRecovery) // they look the same
	}
	_, costly := k.(*crypto.Passphrase)
	costly = costly && slices.Contains([]string{crypto.KindPassphrase, crypto.KindRecovery}, s.Kind)
	last := crypto.ErrWrongKey
	for _, kind := range kinds {
		for _, size := range r.sizes(s) {
			if costly {
				if *scrypt--; *scrypt < 0 {
					return nil, crypto.ErrWrongKey
				}
			}
			try := s.Slot
			try.Kind, try.Sum = kind, crypto.Sum(s.file[:size])
			id, err := crypto.OpenSlot(ctx, k, try, s.file[:size])
			if err == nil {
				s.Slot = try
				return id, nil
			}
			if ctx.Err() != nil || errors.Is(err, crypto.ErrUnavailable) {
				return nil, err
			}
			last = err
			if errors.Is(err, crypto.ErrWrongKey) {
				break // it would be, at the other size too
			}
		}
	}
	return nil, last
}

// sizes are how long the slot may be, the likely one first.
func (r *Ruin) sizes(s *slot) []int {
	switch {
	case s.listed > 0 && s.Sum == crypto.Sum(s.file):
		return []int{len(s.file)}
	case len(s.file) < s.long:
		return []int{s.short}
	case s.listed > 0 || r.suites[crypto.X25519] >= r.suites[crypto.Hybrid]:
		return []int{s.short, len(s.file)}
	}
	return []int{len(s.file), s.short}
}

// take keeps an identity, and finds out of which vault it is.
func (r *Ruin) take(id *crypto.Identity) error {
	if slices.ContainsFunc(r.vaults, func(u *unsealed) bool { return u.identity.Equal(id) }) {
		id.Wipe()
		return nil
	}
	u := &unsealed{identity: id}
	r.vaults = append(r.vaults, u)
	for _, vaultID := range r.ids {
		k, err := id.Unlock(vaultID)
		if err != nil {
			return err
		}
		for _, h := range r.heads {
			if h.Vault == vaultID && h.Pin == k.Pin() && k.CheckHead(h) == nil {
				u.head, u.sure = h, true
				u.keys = append(u.keys, k)
				u.narrow(vaultID)
				return nil
			}
		}
		u.keys = append(u.keys, k)
	}
	return nil
}

// narrow leaves the keys for one vault id only.
func (u *unsealed) narrow(id crypto.ID) {
	var keep []*crypto.Keys
	for _, k := range u.keys {
		if k.ID() == id {
			keep = append(keep, k)
		} else {
			u.past = append(u.past, k)
		}
	}
	u.keys = keep
}

// choose settles which vault it is about.
func (r *Ruin) choose() error {
	var sure []crypto.ID
	for _, u := range r.vaults {
		if u.sure && !slices.Contains(sure, u.keys[0].ID()) {
			sure = append(sure, u.keys[0].ID())
		}
	}
	switch {
	case len(r.ids) == 0:
		return &vault.SecretError{
			Code: vault.Missing, Op: op, Path: r.path,
			Message: "nothing is left that tells the vault's id, without which no record can be proven",
			Remedy:  remedy.To(remedy.GiveID),
		}
	case len(sure) > 1:
		text := make([]string, len(sure))
		for i, id := range sure {
			text[i] = id.String()
		}
		return &vault.SecretError{
			Code: vault.InvalidValue, Op: op, Path: r.path,
			Message: "the keys open what is left of several vaults: " + strings.Join(text, ", "),
			Remedy:  remedy.To(remedy.ChooseID),
		}
	case len(sure) == 1:
		for _, u := range r.vaults {
			u.narrow(sure[0])
		}
	}
	return nil
}

// OpenedBy lists the keys that opened a slot.
func (r *Ruin) OpenedBy() []SlotKey { return r.opened }

// PostQuantum tells whether the vault was.
func (r *Ruin) PostQuantum() bool {
	return slices.ContainsFunc(r.vaults, func(u *unsealed) bool { return u.identity.Suite() == crypto.Hybrid })
}

// Close wipes the keys.
func (r *Ruin) Close() {
	for _, u := range r.vaults {
		u.identity.Wipe()
		for _, k := range slices.Concat(u.keys, u.past) {
			k.Wipe()
		}
	}
	r.vaults = nil
}
