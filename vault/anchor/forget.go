package anchor

import (
	"errors"
	"io/fs"
	"os"
	"slices"

	"github.com/tacit-vault/tacit/crypto"
)

// Forget drops what is remembered of the vault at realPath, and of the vault
// altogether if that was the last path. What is not remembered is no error, and
// what is unreadable is removed.
func (d Dir) Forget(id crypto.ID, realPath string) error {
	return d.drop(func(d Dir) error { return d.forget(id, realPath) })
}

// drop removes something under the lock. Where there is no memory there is
// nothing to remove, and it makes none.
func (d Dir) drop(what func(Dir) error) error {
	if _, err := os.Lstat(d.Path); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	d, unlock, err := d.lock()
	if err != nil {
		return err
	}
	defer unlock()
	return what(d)
}

func (d Dir) forget(id crypto.ID, realPath string) error {
	if err := errors.Join(remove(d.announcedFile(realPath)), remove(d.nextFile(realPath)), remove(d.noteFile(checkedDir, realPath)), remove(d.noteFile(backedDir, realPath))); err != nil {
		return err
	}
	p, ok, err := load(d.pathFile(realPath), parsePath)
	if errors.Is(err, ErrUnreadable) || ok && p.vault == id {
		err = remove(d.pathFile(realPath))
	}
	if err != nil {
		return err
	}
	last := crypto.Point{}
	if p.vault == id {
		last = p.at
	}
	v, ok, err := load(d.vaultFile(id), parseVault)
	if errors.Is(err, ErrUnreadable) {
		return remove(d.vaultFile(id))
	}
	if err != nil || !ok {
		return err
	}
	i, ok := v.find(d.Machine, realPath)
	if !ok {
		return nil
	}
	if v.places = slices.Delete(v.places, i, i+1); len(v.places) == 0 {
		return remove(d.vaultFile(id))
	}
	v.highest, v.first = higher(v.highest, last), false
	return writeFile(d.vaultFile(id), v.marshal())
}
