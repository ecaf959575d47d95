package store

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
)

// makeRoom makes sure that a writer can begin. It gives up the ballast where
// the disk is too full without.
func (b *Badger) makeRoom() error {
	free, err := freeSpace(b.dir)
	if err != nil {
		return fmt.Errorf("measuring free space: %w", err)
	}
	if free >= reserve {
		return nil
	}
	if err := os.Remove(b.path(ballastName)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if needSpace(b.dir, reserve) == nil {
		return nil
	}
	b.tight = true
	b.warn(fmt.Errorf("%w: the ballast was given up to make room for deletions", ErrNoSpace))
	if needSpace(b.dir, tightReserve) != nil {
		return needSpace(b.dir, reserve)
	}
	return nil
}

// restoreBallast brings the ballast back to its size, or to what is left of
// the disk, and tells what it could not do.
func (b *Badger) restoreBallast() error {
	info, err := os.Lstat(b.path(ballastName))
	if err == nil && !own(info) { // a link, a pipe: nothing that holds room
		err = os.Remove(b.path(ballastName))
		if err == nil {
			err = fs.ErrNotExist
		}
	}
	var have int64
	switch {
	case err == nil && info.Size() >= ballastSize:
		return nil
	case err == nil:
		have = info.Size()
	case !errors.Is(err, fs.ErrNotExist):
		return err
	}
	free, err := freeSpace(b.dir)
	if err != nil {
		return err
	}
	size := int64(ballastSize)
	if free+have < reserve+ballastSize {
		size = min(size, free+have-ballastSlack)
	}
	if size < 1<<20 || size <= have {
		return nil
	}
	return makeBallast(b.path(ballastName), size)
}
