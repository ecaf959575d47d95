// Package relock makes the key slots of a vault again when a rotation gives it a
// new identity.
package relock

import (
	"context"

	"github.com/tacit-vault/tacit/crypto"
	"github.com/tacit-vault/tacit/keyring"
	"github.com/tacit-vault/tacit/vault"
	"github.com/tacit-vault/tacit/vault/remedy"
)

// With is the Relock of a rotation for which these locks were given, by the
// labels of their slots. A phrase, or a plugin's identity, has to open the slot that
// it is for. Slots for which none was given are made anew of what the slot table
// has. Locked where that is not enough.
func With(locks map[string]keyring.LockSpec, o keyring.LockOptions) func(context.Context, vault.SlotInfo, func(crypto.Key) error) (crypto.Lock, error) {
	const op = "rotate"
	return func(_ context.Context, s vault.SlotInfo, prove func(crypto.Key) error) (crypto.Lock, error) {
		spec, given := locks[s.Label]
		if !given {
			var enough bool
			if spec, enough = keyring.Relock(s.Kind, s.Recipient); !enough {
				return nil, &vault.SecretError{
					Code: vault.Locked, Op: op,
					Message: "the key slot " + s.Label + " (" + s.Kind + ") cannot be made again without its secret",
					Remedy:  remedy.To(remedy.GiveSecretOrDrop, remedy.Slot.Named(s.Label)),
				}
			}
		}
		key, err := spec.Key(o)
		if err != nil {
			return nil, err
		}
		if key != nil {
			if err := prove(key); err != nil {
				return nil, &vault.SecretError{
					Code: vault.WrongKey, Op: op, Err: err,
					Message: "what was given for the key slot " + s.Label + " does not open it",
				}
			}
		}
		return spec.Lock(o)
	}
}
