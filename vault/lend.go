package vault

import (
	"context"

	"github.com/tacit-vault/tacit/crypto"
	"github.com/tacit-vault/tacit/vault/remedy"
)

// lentLabel stands where a slot would have its label.
const lentLabel = "lent"

// Lend seals the identity of an unlocked vault to a lock, for another process that
// opens the vault with [Options.Lent]. It opens the vault until its keys are rotated:
// it is for that process alone, and is kept nowhere. A vault that is suspended lends, too.
//
// Codes: Locked; InvalidValue for a lock that is not post-quantum in a vault that is.
func Lend(v *Vault, l crypto.Lock) (file []byte, err error) {
	defer naming("lend", &err)
	_, id := v.current.ownIdentity()
	if id == nil {
		return nil, &SecretError{Code: Locked, Path: v.dir, Message: "the vault is locked: there is no key to lend", Remedy: remedy.To(remedy.GiveKey)}
	}
	defer id.Wipe()
	return sealSlot(id, NewSlot{Label: lentLabel, Lock: l})
}

// unlockLent unlocks the vault by what another process has lent. No slot is opened, so
// none counts as used.
func (v *Vault) unlockLent(ctx context.Context, file []byte, keys []crypto.Key) (err error) {
	defer naming("unlock", &err)
	head, _, err := v.current.slotFiles(ctx)
	if err != nil {
		return err
	}
	slot := crypto.Slot{Label: lentLabel, Kind: crypto.KindAge, Sum: crypto.Sum(file)}
	for _, k := range keys {
		id, err := crypto.OpenSlot(ctx, k, slot, file)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil {
			continue // it was not this vault that gave it
		}
		if !fits(id, head) {
			id.Wipe()
			break
		}
		return v.current.unlock(head, id)
	}
	return &SecretError{
		Code: WrongKey, Path: v.dir, Message: "what was lent does not open the vault: its keys were rotated meanwhile",
		Remedy: remedy.To(remedy.LockAndUnlock),
	}
}

// fits tells whether an identity is the one of the vault's head.
func fits(id *crypto.Identity, head *crypto.SignedHead) bool {
	keys, err := id.Unlock(head.Vault)
	if err != nil {
		return false
	}
	defer keys.Wipe()
	return keys.Pin() == head.Pin
}
