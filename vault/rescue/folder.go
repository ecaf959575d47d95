package rescue

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/tacit-vault/tacit/crypto"
	"github.com/tacit-vault/tacit/vault"
	"github.com/tacit-vault/tacit/vault/anchor"
)

// outside refuses a folder that lies in what is rescued.
func (r *Ruin) outside(dir string) error {
	from, err := realPath(r.path)
	if err != nil {
		return err
	}
	to, err := realPath(dir)
	if err != nil {
		return err
	}
	rel, err := filepath.Rel(from, to)
	if err == nil && (rel == "." || !strings.HasPrefix(rel, "..")) {
		return &vault.SecretError{
			Code: vault.InvalidValue, Op: op, Path: dir,
			Message: "the new vault would lie in what is rescued, which is never written to", Hint: "name a folder elsewhere, best on another disk",
		}
	}
	return nil
}

// realPath is a path without symbolic links, as far as it is there.
func realPath(path string) (string, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return "", err
	}
	real, err := filepath.EvalSymlinks(path)
	if !errors.Is(err, fs.ErrNotExist) || filepath.Dir(path) == path {
		return real, err
	}
	up, err := realPath(filepath.Dir(path))
	return filepath.Join(up, filepath.Base(path)), err
}

func exists(dir string) bool {
	_, err := os.Lstat(dir)
	return err == nil
}

// takeBack removes a vault that could not be filled, and what the machine
// remembers of it.
func takeBack(st vault.Status, dir string, existed bool, state string) {
	id, err := crypto.ParseID(st.ID)
	anchors, aerr := anchor.At(state)
	if err == nil && aerr == nil {
		_ = anchors.Forget(id, st.Path)
	}
	if !existed {
		os.RemoveAll(dir)
		return
	}
	entries, _ := os.ReadDir(dir)
	for _, e := range entries {
		os.RemoveAll(filepath.Join(dir, e.Name()))
	}
}
