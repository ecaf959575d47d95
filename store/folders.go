package store

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
)

// The folders that can lie beside db while something bigger is under way. A
// folder gets its name, but the first, only when it is complete and synced.
const (
	partName  = "db.part"  // being made, or being removed: of no value
	asideName = "db.aside" // the files as an unclean stop left them
	newName   = "db.new"   // a rewritten database, which holds what db holds
	oldName   = "db.old"   // replaced: of no value
)

// settle brings the folders into order after a process that was stopped while
// it recovered or purged. The caller has the exclusive lock.
//
// A db.aside means that a recovery was not finished. It is the truth: the
// recovery may have stopped at any point of changing db, and nothing has been
// acknowledged since, because a store is not handed out before db.aside is
// gone. A db.new beside db means that a purge was not finished; db still holds
// everything. Only where db is gone it takes its place.
func (b *Badger) settle() error {
	for _, step := range []func() error{
		func() error { return b.drop(partName) },
		func() error { return b.replace(asideName) },
		func() error {
			if b.exists(dbName) {
				return b.drop(newName)
			}
			return b.replace(newName)
		},
		func() error { return b.drop(oldName) },
	} {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

// mustSettle tells whether db cannot be read as it is.
func (b *Badger) mustSettle() bool { return b.exists(asideName) || !b.exists(dbName) }

// replace puts the folder called name, if there is one, in the place of db.
func (b *Badger) replace(name string) error {
	if !b.exists(name) {
		return nil
	}
	if b.exists(dbName) {
		if err := b.drop(oldName); err != nil {
			return err
		}
		if err := b.rename(dbName, oldName); err != nil {
			return err
		}
	}
	if err := b.rename(name, dbName); err != nil {
		return err
	}
	return b.drop(oldName)
}

// drop removes a folder. One that counts while it is there is renamed first,
// so that a half-removed one is never taken for whole.
func (b *Badger) drop(name string) error {
	if !b.exists(name) {
		return nil
	}
	if name != partName && name != oldName {
		if err := b.drop(partName); err != nil {
			return err
		}
		if err := b.rename(name, partName); err != nil {
			return err
		}
		name = partName
	}
	if err := os.RemoveAll(b.path(name)); err != nil {
		return err
	}
	return syncDir(b.dir) // or a loss of power brings back what was purged
}

func (b *Badger) rename(from, to string) error {
	if err := os.Rename(b.path(from), b.path(to)); err != nil {
		return err
	}
	return syncDir(b.dir)
}

func (b *Badger) exists(name string) bool {
	_, err := os.Lstat(b.path(name))
	return !errors.Is(err, fs.ErrNotExist)
}

// checkFolder refuses a db that is not ours alone.
func (b *Badger) checkFolder() error {
	info, err := os.Lstat(b.path(dbName))
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%w: %s", ErrNoStore, b.dir)
	}
	if err != nil {
		return err
	}
	return checkPrivate(b.path(dbName), info)
}
