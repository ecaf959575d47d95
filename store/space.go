package store

import "fmt"

const (
	maxValueLog = 4 << 20 // a value log that holds one value of MaxValue
	// reserve is what has to be free before a writer may begin and before each
	// write: two memtables with their logs, two value logs that hold
	// a value of MaxValue each, 1 MiB for the rest.
	// Badger writes through mapped files, and a page that finds no room on the
	// disk ends the process.
	reserve = 2*memTableSize + 2*maxValueLog + 1<<20
	// tightReserve is what has to be free where the ballast was given up for
	// it: a few small transactions, and the table that they become.
	tightReserve = 4 << 20
)

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

// needSpace returns an error wrapping ErrNoSpace where less is free.
func needSpace(dir string, need int64) error {
	free, err := freeSpace(dir)
	if err != nil {
		return fmt.Errorf("measuring free space: %w", err)
	}
	if free < need {
		return fmt.Errorf("%w: %d bytes needed, %d free", ErrNoSpace, need, free)
	}
	return nil
}

// room checks before a commit. Opening the store has taken a little of what was
// free before, so that the first one may need the ballast where the opening did
// not; once there is more in the log, the ballast is for closing. The caller
// holds write.
func (b *Badger) room(tx budget) error {
	if !b.tight && b.written == 0 {
		if err := b.makeRoom(); err != nil {
			return err
		}
	}
	need := int64(reserve)
	if b.tight {
		// What is in the log is still to become a table.
		need = b.written + 2*tx.logged() + int64(tx.large) + 1<<20
	}
	if err := needSpace(b.dir, need); err != nil {
		return err
	}
	b.written += tx.logged()
	return nil
}
