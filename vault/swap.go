package vault

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/tacit-vault/tacit/store"
)

// Folders beside a vault's while a backup is restored to its place. Both are
// this package's alone: what lies there is removed.
const (
	restoringSuffix = ".tacit-restoring" // being built; after an exchange, the old vault
	replacedSuffix  = ".tacit-replaced"  // the old vault, where folders cannot be exchanged
)

// besidePath is a hidden name beside the folder dir.
func besidePath(dir, suffix string) string {
	return filepath.Join(filepath.Dir(dir), "."+filepath.Base(dir)+suffix)
}

// realPath is the path of dir, whose parent is there, without symbolic links
// but for its last part. The parent is made where it is not there.
func realPath(dir string) (string, error) {
	parent := filepath.Dir(dir)
	if err := os.MkdirAll(parent, 0o700); err != nil {
		return "", err
	}
	real, err := filepath.EvalSymlinks(parent)
	return filepath.Join(real, filepath.Base(dir)), err
}

// settleSwap clears away what a restore to dir that was stopped has left. A
// vault that was moved aside, with nothing in its place yet, is moved back.
func settleSwap(dir string) error {
	replaced := besidePath(dir, replacedSuffix)
	if _, err := os.Lstat(replaced); err == nil {
		if _, err := os.Lstat(dir); errors.Is(err, fs.ErrNotExist) {
			if err := os.Rename(replaced, dir); err != nil {
				return err
			}
		}
	}
	return errors.Join(os.RemoveAll(besidePath(dir, restoringSuffix)), os.RemoveAll(replaced))
}

// swap puts the vault that was built in its place, and removes the one before.
func (r *restorer) swap(ctx context.Context) error {
	err := ctx.Err()
	if err == nil && r.p.Replaces {
		err = r.replace()
	} else if err == nil {
		err = r.place()
	}
	if err != nil {
		return errors.Join(err, os.RemoveAll(r.temp))
	}
	return nil
}

// place gives the vault its name, where there was none.
func (r *restorer) place() error {
	// An empty folder gives way; one that is not empty any more does not.
	if err := os.Remove(r.dir); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := os.Rename(r.temp, r.dir); err != nil {
		return err
	}
	r.b.v.options.warn(syncDirs(filepath.Dir(r.dir)))
	return nil
}

// replace puts the vault in the place of another. The files of that one are
// closed first, because they are known by their paths; its lock is kept.
func (r *restorer) replace() error {
	if err := r.holdClosed(); err != nil {
		return err
	}
	aside := r.temp
	if exchange(r.temp, r.dir) != nil {
		aside = besidePath(r.dir, replacedSuffix)
		if err := os.Rename(r.dir, aside); err != nil {
			return err
		}
		if err := os.Rename(r.temp, r.dir); err != nil {
			return errors.Join(err, os.Rename(aside, r.dir))
		}
	}
	// The old vault goes only when it is certain that the new one stays.
	err := syncDirs(filepath.Dir(r.dir))
	if err == nil {
		err = os.RemoveAll(aside)
	}
	r.b.v.options.warn(err)
	return nil
}

// holdClosed closes the vault that is replaced and keeps its lock.
func (r *restorer) holdClosed() (err error) {
	if r.old == nil {
		return nil
	}
	r.held, err = r.old.store.(store.Holder).CloseHeld()
	return err
}
