package badgerstore

import (
	"context"
	"fmt"

	"github.com/tacit-vault/tacit/store"
	"github.com/tacit-vault/tacit/store/badgerfiles"
)

// Grow implements Grower.
func (b *Store) Grow() error {
	if b.readOnly {
		return store.ErrReadOnly
	}
	b.write.Lock()
	defer b.write.Unlock()
	if !b.small {
		return nil
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.grow()
}

// outgrow grows a store that was opened to write little and writes more: each of its
// tables would be small. Where somebody reads, it waits for the next transaction. The
// caller holds write.
func (b *Store) outgrow() error {
	if !b.small || b.total <= badgerfiles.SmallSession || !b.mu.TryLock() {
		return nil
	}
	defer b.mu.Unlock()
	return b.grow()
}

// grow opens the database anew, with logs of the full size. The caller holds write and mu.
func (b *Store) grow() error {
	if err := b.usable(); err != nil {
		return err
	}
	if b.damaged.Load() {
		return nil // it may be that Badger does not close any more
	}
	if !b.lock.InPlace() {
		return fmt.Errorf("%w: the folder, or its lock, was exchanged while it was open", store.ErrUnsafe)
	}
	if err := b.shut(b.db); err != nil {
		b.fail(err)
		return err
	}
	b.small = false
	return b.reopen(context.Background())
}
