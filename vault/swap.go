package vault

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/tacit-vault/tacit/store"
	"github.com/tacit-vault/tacit/store/storedir"
	"github.com/tacit-vault/tacit/vault/remedy"
)

// Folders beside a vault's while one is built that will take its place. Both are
// this package's alone: what lies there is removed.
const (
	restoringSuffix = ".tacit-restoring" // being built; after an exchange, the old vault
	replacedSuffix  = ".tacit-replaced"  // the old vault, where folders cannot be exchanged
)

// besidePath is a hidden name beside the folder dir.
func besidePath(dir, suffix string) string {
	return filepath.Join(filepath.Dir(dir), "."+filepath.Base(dir)+suffix)
}

// realPath is the path of dir, which need not be there, without symbolic links
// but for its last part.
func realPath(dir string) (string, error) {
	parent, rest := filepath.Dir(dir), filepath.Base(dir)
	for {
		real, err := filepath.EvalSymlinks(parent)
		if !errors.Is(err, fs.ErrNotExist) || parent == filepath.Dir(parent) {
			return filepath.Join(real, rest), err
		}
		parent, rest = filepath.Dir(parent), filepath.Join(filepath.Base(parent), rest)
	}
}

// entriesOf lists what is in the folder real, which the user named as dir, without
// leftovers of file systems; nil where there is none yet.
func entriesOf(dir, real string) ([]fs.DirEntry, error) {
	fi, err := os.Lstat(real)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, nil
	case err != nil:
		return nil, pathError(real, err)
	case fi.Mode()&fs.ModeSymlink != 0:
		return nil, linkedPath(dir, "the folder is a symbolic link", remedy.NameFolderItself)
	case !fi.IsDir():
		return nil, &SecretError{Code: Exists, Path: real, Message: "there is a file here", Remedy: remedy.To(remedy.NameNewFolder)}
	}
	entries, err := storedir.Entries(real)
	return entries, pathError(real, err)
}

// settleSwap clears away what was left beside dir by a Restore or Build that was
// stopped. A vault that was moved aside, with nothing in its place yet, is moved
// back. Busy where another one to dir is under way.
func settleSwap(ctx context.Context, dir string) error {
	replaced, restoring := besidePath(dir, replacedSuffix), besidePath(dir, restoringSuffix)
	if there(restoring) {
		release, err := storedir.Hold(ctx, restoring, 0)
		if errors.Is(err, store.ErrBusy) {
			return &SecretError{
				Code: Busy, Path: dir, Message: "another restore or rescue to this folder is under way", Remedy: remedy.To(remedy.Wait),
			}
		}
		if err == nil {
			release()
		}
	}
	if there(replaced) && !there(dir) {
		if err := os.Rename(replaced, dir); err != nil {
			return pathError(dir, err)
		}
	}
	for _, left := range []string{restoring, replaced, besidePath(dir, destroyedSuffix)} {
		if _, err := os.Lstat(left); errors.Is(err, fs.ErrNotExist) {
			continue // a disk that is read-only would refuse to remove it all the same
		}
		if err := removeTree(left); err != nil {
			return pathError(dir, err)
		}
	}
	return nil
}

// there tells whether there is a folder of that path.
func there(dir string) bool {
	fi, err := os.Lstat(dir)
	return err == nil && fi.IsDir()
}

// placeFolder gives the folder temp the name dir. An empty folder gives way, and
// so does one with nothing but leftovers of file systems, which are kept; one that
// is not empty any more does not.
func placeFolder(temp, dir string) error {
	err := os.Remove(dir)
	if err == nil || errors.Is(err, fs.ErrNotExist) {
		return os.Rename(temp, dir)
	}
	if ours, listErr := storedir.Entries(dir); listErr != nil || len(ours) > 0 {
		return err
	}
	aside := besidePath(dir, replacedSuffix)
	if err := os.Rename(dir, aside); err != nil {
		return err
	}
	if err := os.Rename(temp, dir); err != nil {
		return errors.Join(err, os.Rename(aside, dir))
	}
	left, _ := os.ReadDir(aside)
	for _, e := range left { // what stays behind, StoppedRestores lists
		_ = os.Rename(filepath.Join(aside, e.Name()), filepath.Join(dir, e.Name()))
	}
	_ = os.Remove(aside)
	return nil
}

// moveHeld gives the folder of a vault another name while its lock is held, or,
// where no file in such a folder may be open, right after release.
func moveHeld(ctx context.Context, from, to string, wait time.Duration, release func()) error {
	if !movesOpen && release != nil {
		release()
	}
	return moveFolder(ctx, from, to, wait)
}

// destroyedSuffix ends the name under which a vault is deleted, beside its place.
const destroyedSuffix = ".tacit-destroyed"

// removeTree is os.RemoveAll, but that what a file system leaves of a file that
// is still open somewhere is no failure: that goes when it is closed.
func removeTree(path string) error {
	err := os.RemoveAll(path)
	if err != nil && storedir.OnlyLeftovers(path) {
		return nil
	}
	return err
}

// SyncDirs makes the entries of folders survive a power cut, where the system can.
func SyncDirs(dirs ...string) error {
	for _, dir := range dirs {
		if err := storedir.SyncDir(dir); err != nil {
			return err
		}
	}
	return nil
}
