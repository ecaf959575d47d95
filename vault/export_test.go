package vault

import "github.com/tacit-vault/tacit/store"

// WrapStore puts another store in front of the vault's own, for tests of what
// happens when it fails.
func (v *Vault) WrapStore(wrap func(store.Store) store.Store) { v.store = wrap(v.store) }
