package disk

import (
	"os"
	"path/filepath"
)

// IsVault tells whether a folder is a vault's: VAULT is there, and what it stands
// for.
func IsVault(dir string) bool {
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

// GitTree is the nearest folder, from dir on up, that has a .git, be it a folder
// or, in a work tree of its own or a submodule, a file. git is not asked: it may not
// be there, and reads what a repository configures.
func GitTree(dir string) (root string, ok bool) {
	for at := dir; ; at = filepath.Dir(at) {
		if _, err := os.Lstat(filepath.Join(at, ".git")); err == nil {
			return at, true
		}
		if at == filepath.Dir(at) {
			return "", false
		}
	}
}
