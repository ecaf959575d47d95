package vault

import "github.com/tacit-vault/tacit/store"

// WrapStore puts another store in front of the vault's own, for tests of what
// happens when it fails.
func (v *Vault) WrapStore(wrap func(store.Store) store.Store) {
	v.current.store = wrap(v.current.store)
}

// NewFinding makes a finding as Verify does.
var NewFinding = newFinding

// Codes are all codes.
var Codes = []Code{
	NotFound, InvalidName, InvalidValue, Exists, Conflict, NoVault, Locked, Untrusted, WrongKey, Denied,
	VaultMissing, Swapped, Replayed, Missing, Resurrected, Forged, IndexTampered, SlotTampered, HeadForged,
	RolledBack, Forked, Unproven, Substituted, Corrupt, Unsafe, Busy, NoSpace, ReadOnly, Newer, Internal,
}
