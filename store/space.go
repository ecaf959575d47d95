package store

// CheckSpace implements Spacer. It is strict: it does not count on the
// ballast, which Update may use up when the disk is full, so that deletions
// still work. Whoever is about to store more asks here first.
func (b *Badger) CheckSpace(bytes int64) error {
	b.mu.RLock()
	defer b.mu.RUnlock()
	if err := b.usable(); err != nil {
		return err
	}
	if b.readOnly {
		return ErrReadOnly
	}
	return needSpace(b.dir, reserve+max(bytes, 0))
}

// room checks before a commit. Opening the store has taken a little of what was
// free before, so that the first one may need the ballast where the opening did
// not; once there is more in the log, the ballast is for closing. The caller
// holds write.
func (b *Badger) room(tx Budget) error {
	if !b.tight && b.written == 0 {
		if err := b.makeRoom(); err != nil {
			return err
		}
	}
	need := int64(reserve)
	if b.tight {
		// What is in the log is still to become a table.
		need = b.written + 2*tx.Logged() + tx.Large() + 1<<20
	}
	if err := needSpace(b.dir, need); err != nil {
		return err
	}
	b.written += tx.Logged()
	return nil
}
