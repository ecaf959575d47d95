package vault

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/tacit-vault/tacit/store"
	"github.com/tacit-vault/tacit/vault/remedy"
)

// swap puts the vault that was built in its place, and removes the one before.
func (r *restorer) swap(ctx context.Context) error {
	err := ctx.Err()
	if err == nil && r.p.Replaces {
		err = r.replace(ctx)
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
	if err := placeFolder(r.temp, r.dir); err != nil {
		return err
	}
	r.b.v.warner.warn(SyncDirs(filepath.Dir(r.dir)))
	return nil
}

// replace puts the vault in the place of another. The files of that one are
// closed first, because they are known by their paths; its lock is kept, where
// a folder can be renamed whose lock is held.
func (r *restorer) replace(ctx context.Context) error {
	if err := r.holdClosed(); err != nil {
		return err
	}
	aside := r.temp
	if exchange(r.temp, r.dir) != nil {
		aside = besidePath(r.dir, replacedSuffix)
		if err := r.moveAside(ctx, aside); err != nil {
			return err
		}
		if err := os.Rename(r.temp, r.dir); err != nil {
			return errors.Join(err, os.Rename(aside, r.dir))
		}
	}
	// The old vault goes only when it is certain that the new one stays.
	err := SyncDirs(filepath.Dir(r.dir))
	if err == nil {
		err = removeTree(aside)
	}
	r.b.v.warner.warn(err)
	return nil
}

// moveAside takes the old vault from its place. Where its lock has to be given
// back for that, somebody may have written to it in that moment: then it goes
// back, because what was restored knows nothing of that.
func (r *restorer) moveAside(ctx context.Context, aside string) error {
	before := stamps(r.dir)
	if err := moveHeld(ctx, r.dir, aside, r.b.v.options.Wait, r.unlock); err != nil {
		return err
	}
	if stamps(aside) == before {
		return nil
	}
	return errors.Join(&SecretError{
		Code: Busy, Op: opRestore, Path: r.dir, Message: "the vault was used while it was to be replaced", Remedy: remedy.To(remedy.RestoreAgain),
	}, os.Rename(aside, r.dir))
}

// stamps tells one state of a vault's database from another, by its files.
func stamps(dir string) string {
	var b strings.Builder
	entries, _ := os.ReadDir(filepath.Join(dir, dbDirName))
	for _, e := range entries {
		if fi, err := e.Info(); err == nil {
			fmt.Fprintln(&b, e.Name(), fi.Size(), fi.ModTime().UnixNano())
		}
	}
	return b.String()
}

// holdClosed closes the vault that is replaced and keeps its lock.
func (r *restorer) holdClosed() (err error) {
	if r.old == nil {
		return nil
	}
	r.unlock, err = r.old.current.store.(store.Holder).CloseHeld()
	return err
}
