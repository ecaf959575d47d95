package vault

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"github.com/tacit-vault/tacit/crypto"
	"github.com/tacit-vault/tacit/store"
	"github.com/tacit-vault/tacit/store/storedir"
	"github.com/tacit-vault/tacit/vault/anchor"
	"github.com/tacit-vault/tacit/vault/remedy"
)

// Destroy deletes a vault's folder and this machine's memory of it. It needs no
// key; it takes the lock, so that nobody else is using the vault. The folder is
// taken away whole, by a rename, before anything in it is deleted: stopped at any
// moment, Destroy leaves the vault, or nothing in its place and beside it a folder
// that StoppedRestores lists.
//
// A folder that cannot be renamed, such as a mount point, is emptied. VAULT goes
// last, so that another Destroy can finish what was stopped.
//
// Codes: NoVault; Busy where the vault is in use; ReadOnly.
func Destroy(ctx context.Context, dir string, o Options) (err error) {
	defer naming(opDestroy, &err)
	d, err := destroyable(dir, o)
	if err != nil {
		return err
	}
	real := d.real
	release, err := storedir.Hold(ctx, real, o.Wait)
	switch {
	case errors.Is(err, store.ErrBusy), ctx.Err() != nil:
		return storeError(real, err)
	case err != nil: // whatever stands in the lock's place: what cannot be held can be destroyed
		release = func() {}
	}
	defer release()
	d.release = release
	return pathError(real, d.destroy(ctx))
}

const opDestroy = "destroy"

// Destroyable tells whether Destroy finds a vault: before somebody is asked whether
// to. It changes nothing, and does not ask who uses the vault.
//
// Codes: NoVault, and those of a vault that is gone or unsafe.
func Destroyable(dir string, o Options) error {
	_, err := destroyable(dir, o)
	return during(opDestroy, err)
}

func destroyable(dir string, o Options) (d destroyer, err error) {
	anchors, err := o.anchors()
	if err != nil {
		return d, wrap("", err)
	}
	var file crypto.VaultFile
	real, err := checkDir(dir)
	if err == nil {
		file, _, err = readVaultFile(real)
	}
	if err != nil {
		return d, missed(dir, anchors, err)
	}
	return destroyer{real: real, id: file.ID, anchors: anchors, o: o}, nil
}

// destroyer is one Destroy.
type destroyer struct {
	real    string
	id      crypto.ID
	anchors anchor.Dir
	o       Options
	release func() // gives the lock back
}

func (d destroyer) destroy(ctx context.Context) error {
	gone := besidePath(d.real, destroyedSuffix)
	if err := os.RemoveAll(gone); err != nil {
		return err
	}
	err := moveHeld(ctx, d.real, gone, d.o.Wait, d.release)
	if cannotMove(err) {
		return d.empty()
	}
	if err != nil {
		return err
	}
	d.o.warn(SyncDirs(filepath.Dir(d.real)))
	d.forget()
	if err := removeTree(gone); err != nil {
		return &SecretError{
			Code: codeOfCause(err), Op: "destroy", Path: gone, Err: err,
			Message: "the vault is gone from its place, and could not be deleted here: " + err.Error(),
			Remedy:  remedy.To(remedy.DeleteByHand),
		}
	}
	return nil
}

// forget makes this machine forget the vault at its place, and what it was attached to.
func (d destroyer) forget() {
	d.o.warn(d.anchors.Forget(d.id, d.real))
	_, err := detachVault(d.real, d.anchors)
	d.o.warn(err)
}

// cannotMove tells whether err says that a folder has to stay where it is.
func cannotMove(err error) bool {
	return errors.Is(err, fs.ErrPermission) || errors.Is(err, syscall.EBUSY) || errors.Is(err, syscall.EXDEV)
}

// empty deletes what is in the folder.
func (d destroyer) empty() error {
	entries, err := os.ReadDir(d.real)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if name := e.Name(); name != vaultFileName && name != lockFileName {
			if err := removeTree(filepath.Join(d.real, name)); err != nil {
				return err
			}
		}
	}
	d.forget()
	if err := os.Remove(filepath.Join(d.real, vaultFileName)); err != nil {
		return err
	}
	d.release()
	_ = os.Remove(filepath.Join(d.real, lockFileName))
	_ = os.Remove(d.real) // an empty folder, which may have to stay
	return nil
}
