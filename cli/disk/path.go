package disk

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/tacit-vault/tacit/cli/system"
)

// LeadsTo is the real path that a file has or, where it is not there, would get
// by being written to.
func LeadsTo(path string) (string, error) {
	return system.WalkLinks(path, func(string, string) bool { return false })
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

// SameFile tells whether both paths lead to one regular file.
func SameFile(a, b string) bool {
	was, err := os.Stat(a)
	if err != nil || !was.Mode().IsRegular() {
		return false
	}
	is, err := os.Stat(b)
	return err == nil && os.SameFile(was, is)
}

// LiesIn tells whether a path without links is that of the folder, or below it.
func LiesIn(path string, folder os.FileInfo) bool {
	for ; ; path = filepath.Dir(path) {
		if at, err := os.Stat(path); err == nil && os.SameFile(at, folder) {
			return true
		}
		if path == filepath.Dir(path) {
			return false
		}
	}
}
