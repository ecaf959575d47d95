package cli

import (
	"os"
	"path/filepath"
)

// outsideVaults refuses a path in a vault's folder, this one's or another's: what
// is there is the vault's, and goes with it. Links are followed.
func (s *session) outsideVaults(op, path string) error {
	real, err := leadsTo(path)
	if err == nil {
		real, err = filepath.Abs(real)
	}
	if err != nil {
		return nil // writing it will say so
	}
	var own os.FileInfo // nil: there is none, and opening it will say so
	if dir, _, err := s.locate(); err == nil {
		own, _ = os.Stat(dir)
	}
	for at := real; ; at = filepath.Dir(at) {
		if info, err := os.Stat(at); err == nil && (own != nil && os.SameFile(info, own) || isVault(at)) {
			return usage("%s: %s lies in a vault's folder, %s", op, path, at).hinted("name a place elsewhere")
		}
		if at == filepath.Dir(at) {
			return nil
		}
	}
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
