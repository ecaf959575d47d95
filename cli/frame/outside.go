package frame

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/tacit-vault/tacit/cli/failure"
)

// OutsideVaults refuses a path in a vault's folder, this one's or another's: what
// is there is the vault's, and goes with it. Links are followed.
func OutsideVaults(s *Session, op, path string) error {
	real, err := Reaches(path)
	if err != nil {
		return nil // writing it will say so
	}
	var own os.FileInfo // nil: there is none, and opening it will say so
	if dir, _, err := s.Locate(); err == nil {
		own, _ = os.Stat(dir)
	}
	for at := real; ; at = filepath.Dir(at) {
		if info, err := os.Stat(at); err == nil && (own != nil && os.SameFile(info, own) || isVault(at)) {
			return failure.Usage("%s: %s lies in a vault's folder, %s", op, path, at).Hinted("name a place elsewhere")
		}
		if at == filepath.Dir(at) {
			return nil
		}
	}
}

// Reaches is the absolute path without links that a file has or would get, the
// folders that are not there yet included.
func Reaches(path string) (string, error) {
	real, err := LeadsTo(path)
	if errors.Is(err, fs.ErrNotExist) && path != filepath.Dir(path) {
		var parent string
		parent, err = Reaches(filepath.Dir(path))
		real = filepath.Join(parent, filepath.Base(path))
	}
	if err != nil {
		return "", err
	}
	return filepath.Abs(real)
}

// isVault tells whether a folder is a vault's: VAULT is there, and what it stands
// for.
func isVault(dir string) bool {
	header, err := os.Lstat(filepath.Join(dir, "VAULT"))
	if err != nil || !header.Mode().IsRegular() {
		return false
	}
	for _, name := range []string{"db", "slots"} {
		if info, err := os.Lstat(filepath.Join(dir, name)); err == nil && info.IsDir() {
			return true
		}
	}
	return false
}

// SameFile tells whether both paths lead to one regular file.
func SameFile(a, b string) bool {
	was, err := os.Stat(a)
	if err != nil || !was.Mode().IsRegular() {
		return false
	}
	is, err := os.Stat(b)
	return err == nil && os.SameFile(was, is)
}
