package badgerstore

import (
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/tacit-vault/tacit/store"
	"github.com/tacit-vault/tacit/store/badgerfiles"
	"github.com/tacit-vault/tacit/store/storedir"
)

// makeRoom makes sure that a writer can begin. It gives up the ballast where
// the disk is too full without.
func (b *Store) makeRoom() error {
	free, err := storedir.FreeSpace(b.folder.dir)
	if err != nil {
		return fmt.Errorf("measuring free space: %w", err)
	}
	if free >= badgerfiles.Reserve {
		return nil
	}
	if err := os.Remove(b.folder.path(storedir.BallastName)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if storedir.NeedSpace(b.folder.dir, badgerfiles.Reserve) == nil {
		return nil
	}
	b.tight = true
	b.warn(fmt.Errorf("%w: the ballast was given up to make room for deletions", store.ErrNoSpace))
	if storedir.NeedSpace(b.folder.dir, badgerfiles.TightReserve) != nil {
		return storedir.NeedSpace(b.folder.dir, badgerfiles.Reserve)
	}
	return nil
}

// restoreBallast brings the ballast back to its size, or to what is left of
// the disk, and tells what it could not do.
func (f folder) restoreBallast() error {
	info, err := os.Lstat(f.path(storedir.BallastName))
	if err == nil && !storedir.OneName(info) { // a link, a pipe: nothing that holds room
		err = os.Remove(f.path(storedir.BallastName))
		if err == nil {
			err = fs.ErrNotExist
		}
	}
	var have int64
	switch {
	case err == nil && info.Size() >= storedir.BallastSize:
		return nil
	case err == nil:
		have = info.Size()
	case !errors.Is(err, fs.ErrNotExist):
		return err
	}
	free, err := storedir.FreeSpace(f.dir)
	if err != nil {
		return err
	}
	size := int64(storedir.BallastSize)
	if free+have < badgerfiles.Reserve+storedir.BallastSize {
		size = min(size, free+have-storedir.BallastSlack)
	}
	if size < 1<<20 || size <= have {
		return nil
	}
	return storedir.MakeBallast(f.path(storedir.BallastName), size)
}
