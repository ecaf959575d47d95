package badgerstore

import (
	"cmp"
	"fmt"
	"os"
	"path/filepath"

	"github.com/tacit-vault/tacit/store/storedir"
)

// A folder is that of a store, with the database in it and what else lies beside
// that while files are exchanged.
type folder struct{ dir string }

// path is that of a part of the store.
func (f folder) path(name string) string { return filepath.Join(f.dir, name) }

func (f folder) exists(name string) bool { return storedir.Exists(f.path(name)) }

// oldPlace is a name for a folder of no value, at which there is nothing. What
// lies at one and cannot be removed is not in the way: the next one is taken.
func (f folder) oldPlace() (string, error) {
	var first error
	for _, name := range storedir.OldNames() {
		err := f.drop(name)
		if err == nil && !f.exists(name) {
			return name, nil
		}
		first = cmp.Or(first, err)
	}
	return "", first
}

// clearOld removes the folders of no value, as far as they can be removed.
func (f folder) clearOld() {
	for _, name := range storedir.OldNames() {
		_ = f.drop(name) // TakeSurvey tells what stays
	}
}

// oldGone makes sure that no folder of no value is left, with bytes in it that
// were to go.
func (f folder) oldGone() error {
	for _, name := range storedir.OldNames() {
		if err := f.drop(name); err != nil {
			return fmt.Errorf("what was purged still lies in %s: %w", f.path(name), err)
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
func (f folder) settle() error {
	for _, step := range []func() error{
		func() error { return f.drop(storedir.PartName) },
		func() error { return f.replace(storedir.AsideName) },
		func() error {
			if f.exists(storedir.DatabaseName) {
				return f.drop(storedir.NewName)
			}
			return f.replace(storedir.NewName)
		},
		func() error { f.clearOld(); return nil },
	} {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

func (f folder) mustSettle() bool { return storedir.MustSettle(f.dir) }

// replace puts the folder called name, if there is one, in the place of db.
func (f folder) replace(name string) error {
	if !f.exists(name) {
		return nil
	}
	if f.exists(storedir.DatabaseName) {
		old, err := f.oldPlace()
		if err != nil {
			return err
		}
		if err := f.rename(storedir.DatabaseName, old); err != nil {
			return err
		}
	}
	if err := f.rename(name, storedir.DatabaseName); err != nil {
		return err
	}
	f.clearOld()
	return nil
}

// drop removes a folder. One that counts while it is there is renamed first,
// so that a half-removed one is never taken for whole. Where something in it
// cannot be removed, db.part is at least out of the way of the next one.
func (f folder) drop(name string) error {
	if !f.exists(name) {
		return nil
	}
	if name != storedir.PartName && !storedir.IsOldName(name) {
		if err := f.drop(storedir.PartName); err != nil {
			return err
		}
		if err := f.rename(name, storedir.PartName); err != nil {
			return err
		}
		name = storedir.PartName
	}
	err := os.RemoveAll(f.path(name))
	if err != nil && name == storedir.PartName {
		old, oldErr := f.oldPlace()
		if oldErr != nil {
			return err
		}
		err = os.Rename(f.path(storedir.PartName), f.path(old))
	}
	if err != nil {
		return err
	}
	return storedir.SyncDir(f.dir) // or a loss of power brings back what was purged
}

func (f folder) rename(from, to string) error {
	if err := os.Rename(f.path(from), f.path(to)); err != nil {
		return err
	}
	return storedir.SyncDir(f.dir)
}
