package badgerstore

import (
	"github.com/tacit-vault/tacit/store"
	"github.com/tacit-vault/tacit/store/badgerfiles"
	"github.com/tacit-vault/tacit/store/storedir"
)

// CheckSpace implements Spacer. It is strict: it does not count on the
// ballast, which Update may use up when the disk is full, so that deletions
// still work. Whoever is about to store more asks here first.
func (b *Store) CheckSpace(bytes int64) error {
	b.mu.RLock()
	defer b.mu.RUnlock()
	if err := b.usable(); err != nil {
		return err
	}
	if b.readOnly {
		return store.ErrReadOnly
	}
	return storedir.NeedSpace(b.folder.dir, badgerfiles.Reserve+max(bytes, 0))
}

// room checks before a commit. Opening the store has taken a little of what was
// free before, so that the first one may need the ballast where the opening did
// not; once there is more in the log, the ballast is for closing. The caller
// holds write.
func (b *Store) room(tx store.Budget) error {
	if !b.tight && b.written == 0 {
		if err := b.makeRoom(); err != nil {
			return err
		}
	}
	need := int64(badgerfiles.Reserve)
	if b.tight {
		// What is in the log is still to become a table.
		need = b.written + 2*tx.Logged() + tx.Large() + 1<<20
	}
	if err := storedir.NeedSpace(b.folder.dir, need); err != nil {
		return err
	}
	b.written += tx.Logged()
	b.total += tx.Logged()
	return nil
}
