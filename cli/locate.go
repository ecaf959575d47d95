package cli

import (
	"os"
	"path/filepath"
	"runtime"

	"github.com/tacit-vault/tacit/vault"
)

// locate finds the vault: --vault, $TACIT_VAULT, the nearest .tacit in this
// folder or above, $XDG_DATA_HOME/tacit/default. discovered says that the user
// did not name it: it lay in a folder that somebody else may have made.
func (s *session) locate() (dir string, discovered bool, err error) {
	if dir := s.named(); dir != "" {
		return dir, false, nil
	}
	if wd, err := s.Getwd(); err == nil {
		if dir, ok := vault.Find(wd); ok {
			return dir, true, nil
		}
	}
	dir, err = s.defaultVault()
	return dir, false, err
}

// named is the vault that the user named, "" if none.
func (s *session) named() string {
	if s.vault != "" {
		return s.vault
	}
	return s.Env("TACIT_VAULT")
}

// defaultVault is where a vault lies that nobody named.
func (s *session) defaultVault() (string, error) {
	data := s.Env("XDG_DATA_HOME")
	if !filepath.IsAbs(data) { // a relative one counts as unset, says its specification
		data = s.Env("LOCALAPPDATA")
		if runtime.GOOS != "windows" || data == "" {
			home, err := os.UserHomeDir()
			if err != nil {
				return "", fault(vault.NoVault, "there is no home folder to look for a vault in").hinted("name one with --vault DIR")
			}
			data = filepath.Join(home, ".local", "share")
		}
	}
	return filepath.Join(data, "tacit", "default"), nil
}
