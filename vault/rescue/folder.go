package rescue

import (
	"errors"
	"io/fs"
	"path/filepath"
	"strings"

	"github.com/tacit-vault/tacit/vault"
	"github.com/tacit-vault/tacit/vault/remedy"
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
	if err == nil && rel != ".." && !strings.HasPrefix(rel, ".."+string(filepath.Separator)) {
		return &vault.SecretError{
			Code: vault.InvalidValue, Op: op, Path: dir,
			Message: "the new vault would lie in what is rescued, which is never written to", Remedy: remedy.To(remedy.NameElsewhere),
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
