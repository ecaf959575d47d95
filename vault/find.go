package vault

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/tacit-vault/tacit/vault/anchor"
	"github.com/tacit-vault/tacit/vault/remedy"
)

// dotName is what a vault beside someone's work is called.
const dotName = ".tacit"

// Find returns the nearest .tacit in the folder start or above it. Whatever is
// called so ends the search, be it a vault or not, and so does a place where the
// memory in the folder state, as in Options.State, knows a vault that is gone: or
// taking one away would have another vault answer. A folder that may not be looked
// into ends it as well. To open what was found says what is wrong with it; whether
// it may be used is another question: see Options.Discovered.
//
// Where start is reached through a symbolic link, the folders above the link are
// searched first, then those above its target. The error is Unproven: a memory
// that cannot be read is not taken for none.
func Find(start, state string) (dir string, ok bool, err error) {
	start, err = filepath.Abs(start)
	if err != nil {
		return "", false, during("find", pathError(start, err))
	}
	anchors, err := anchor.At(state)
	if err != nil {
		return "", false, fail("find", err)
	}
	real, err := filepath.EvalSymlinks(start)
	if err != nil {
		return filepath.Join(start, dotName), true, nil // it cannot be searched
	}
	w := walk{anchors: anchors, linked: real != start}
	dir, ok, err = w.up(start)
	if !ok && err == nil && w.linked {
		w.linked = false
		dir, ok, err = w.up(real)
	}
	return dir, ok, err
}

// walk is a search for a vault in a folder and above it.
type walk struct {
	anchors anchor.Dir
	linked  bool // there is a symbolic link in the path
}

// up looks into folder after folder, up to the root.
func (w walk) up(folder string) (dir string, ok bool, err error) {
	for {
		dir, ok, err = w.look(folder)
		if up := filepath.Dir(folder); ok || err != nil || up == folder {
			return dir, ok, err
		} else {
			folder = up
		}
	}
}

// look looks into one folder.
func (w walk) look(folder string) (dir string, ok bool, err error) {
	dir = filepath.Join(folder, dotName)
	if _, err := os.Lstat(dir); !errors.Is(err, fs.ErrNotExist) {
		return dir, true, nil
	}
	if w.linked {
		if folder, err = filepath.EvalSymlinks(folder); err != nil {
			return dir, true, nil
		}
		dir = filepath.Join(folder, dotName)
	}
	_, ok, err = w.anchors.VaultAt(dir)
	if err != nil {
		err = during("find", memoryError(dir, err))
	}
	return dir, ok, err
}

// memoryError is a memory that cannot be read: it is never taken for none.
func memoryError(dir string, err error) *SecretError {
	e := &SecretError{
		Code: Unproven, Path: dir, Err: err,
		Message: "what this machine remembers of the vault cannot be read: " + err.Error(),
		Remedy:  remedy.To(remedy.Trust),
	}
	if !errors.Is(err, anchor.ErrUnreadable) {
		e.Remedy = remedy.To(remedy.MendState) // trust could not either
	}
	return e
}
