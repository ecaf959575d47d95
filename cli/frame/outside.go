package frame

import (
	"os"
	"path/filepath"

	"github.com/tacit-vault/tacit/cli/disk"
	"github.com/tacit-vault/tacit/cli/failure"
)

// OutsideVaults refuses a path in a vault's folder, this one's or another's: what
// is there is the vault's, and goes with it. Links are followed.
func OutsideVaults(s *Session, op, path string) error {
	real, err := disk.Reaches(path)
	if err != nil {
		return nil // writing it will say so
	}
	var own os.FileInfo // nil: there is none, and opening it will say so
	if dir, _, err := s.Locate(); err == nil {
		own, _ = os.Stat(dir)
	}
	for at := real; ; at = filepath.Dir(at) {
		if info, err := os.Stat(at); err == nil && (own != nil && os.SameFile(info, own) || disk.IsVault(at)) {
			return failure.Usage("%s: %s lies in a vault's folder, %s", op, path, at).Hinted("name a place elsewhere")
		}
		if at == filepath.Dir(at) {
			return nil
		}
	}
}
