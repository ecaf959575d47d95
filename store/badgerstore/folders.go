package badgerstore

import (
	"cmp"
	"fmt"
	"os"

	"github.com/tacit-vault/tacit/store/storedir"
)

// oldPlace is a name for a folder of no value, at which there is nothing. What
// lies at one and cannot be removed is not in the way: the next one is taken.
func (b *Store) oldPlace() (string, error) {
	var first error
	for _, name := range storedir.OldNames() {
		err := b.drop(name)
		if err == nil && !b.exists(name) {
			return name, nil
		}
		first = cmp.Or(first, err)
	}
	return "", first
}

// clearOld removes the folders of no value, as far as they can be removed.
func (b *Store) clearOld() {
	for _, name := range storedir.OldNames() {
		_ = b.drop(name) // TakeSurvey tells what stays
	}
}

// oldGone makes sure that no folder of no value is left, with bytes in it that
// were to go.
func (b *Store) oldGone() error {
	for _, name := range storedir.OldNames() {
		if err := b.drop(name); err != nil {
			return fmt.Errorf("what was purged still lies in %s: %w", b.path(name), err)
		}
	}
	return nil
}

// settle brings the folders into order after a process that was stopped while
// it recovered or purged. The caller has the exclusive lock.
//
// A db.aside means that a recovery was not finished. It is the truth: the
// recovery may have stopped at any point of changing db, and nothing has been
// acknowledged since, because a store is not handed out before db.aside is
// gone. A db.new beside db means that a purge was not finished; db still holds
// everything. Only where db is gone it takes its place.
func (b *Store) settle() error {
	for _, step := range []func() error{
		func() error { return b.drop(storedir.PartName) },
		func() error { return b.replace(storedir.AsideName) },
		func() error {
			if b.exists(storedir.DatabaseName) {
				return b.drop(storedir.NewName)
			}
			return b.replace(storedir.NewName)
		},
		func() error { b.clearOld(); return nil },
	} {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

func (b *Store) mustSettle() bool { return storedir.MustSettle(b.dir) }

// replace puts the folder called name, if there is one, in the place of db.
func (b *Store) replace(name string) error {
	if !b.exists(name) {
		return nil
	}
	if b.exists(storedir.DatabaseName) {
		old, err := b.oldPlace()
		if err != nil {
			return err
		}
		if err := b.rename(storedir.DatabaseName, old); err != nil {
			return err
		}
	}
	if err := b.rename(name, storedir.DatabaseName); err != nil {
		return err
	}
	b.clearOld()
	return nil
}

// drop removes a folder. One that counts while it is there is renamed first,
// so that a half-removed one is never taken for whole. Where something in it
// cannot be removed, db.part is at least out of the way of the next one.
func (b *Store) drop(name string) error {
	if !b.exists(name) {
		return nil
	}
	if name != storedir.PartName && !storedir.IsOldName(name) {
		if err := b.drop(storedir.PartName); err != nil {
			return err
		}
		if err := b.rename(name, storedir.PartName); err != nil {
			return err
		}
		name = storedir.PartName
	}
	err := os.RemoveAll(b.path(name))
	if err != nil && name == storedir.PartName {
		old, oldErr := b.oldPlace()
		if oldErr != nil {
			return err
		}
		err = os.Rename(b.path(storedir.PartName), b.path(old))
	}
	if err != nil {
		return err
	}
	return storedir.SyncDir(b.dir) // or a loss of power brings back what was purged
}

func (b *Store) rename(from, to string) error {
	if err := os.Rename(b.path(from), b.path(to)); err != nil {
		return err
	}
	return storedir.SyncDir(b.dir)
}

func (b *Store) exists(name string) bool { return storedir.Exists(b.path(name)) }
