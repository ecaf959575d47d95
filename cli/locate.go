package cli

import (
	"os"
	"path/filepath"
	"runtime"

	"github.com/tacit-vault/tacit/vault"
)

// locate finds the vault: --vault, $TACIT_VAULT, the nearest .tacit in this
// folder or above, or the nearest place where this machine knows one,
// $XDG_DATA_HOME/tacit/default. discovered says that the user did not name it: it
// lay in a folder that somebody else may have made. To open what is not there, or
// is no vault, says so.
func (s *session) locate() (dir string, discovered bool, err error) {
	if dir := s.named(); dir != "" {
		return dir, false, nil
	}
	if !s.stays {
		dir, found, err := s.discover()
		if found || err != nil {
			return dir, found, err
		}
	}
	dir, err = s.defaultVault()
	return dir, false, err
}

// discover looks for a vault in the current folder and above. Where that folder is
// gone or cannot be told, no other vault is taken for the one that was meant.
func (s *session) discover() (dir string, found bool, err error) {
	wd, err := s.Getwd()
	if err != nil {
		return "", false, fault(vault.NoVault, "looking for a vault: the current folder cannot be told, or was deleted: %v", unwrapPath(err)).
			hinted("go to a folder that is there, or name the vault with --vault DIR")
	}
	return vault.Find(wd, s.state)
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
