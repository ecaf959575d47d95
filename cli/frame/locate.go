package frame

import (
	"os"
	"path/filepath"
	"runtime"

	"github.com/tacit-vault/tacit/cli/failure"
	"github.com/tacit-vault/tacit/vault"
)

// Locate finds the vault: --vault, $TACIT_VAULT, the nearest .tacit in this
// folder or above, or the nearest place where this machine knows one,
// $XDG_DATA_HOME/tacit/default. discovered says that the user did not name it: it
// lay in a folder that somebody else may have made. To open what is not there, or
// is no vault, says so.
func (s *Session) Locate() (dir string, discovered bool, err error) {
	if dir := s.Named(); dir != "" {
		return dir, false, nil
	}
	if !s.Stays {
		dir, found, err := s.Discover()
		if found || err != nil {
			return dir, found, err
		}
	}
	dir, err = s.DefaultVault()
	return dir, false, err
}

// Discover looks for a vault in the current folder and above. Where that folder is
// gone or cannot be told, no other vault is taken for the one that was meant.
func (s *Session) Discover() (dir string, found bool, err error) {
	wd, err := s.Getwd()
	if err != nil {
		return "", false, failure.Fault(vault.NoVault, "looking for a vault: the current folder is unknown, or was deleted: %v", failure.UnwrapPath(err)).
			Hinted("go to a folder that is there, or name the vault with --vault DIR")
	}
	f, found, err := vault.Find(wd, vault.FindOptions{State: s.State})
	return f.Dir, found, err
}

// Named is the vault that the user named, "" if none.
func (s *Session) Named() string {
	if s.Vault != "" {
		return s.Vault
	}
	return s.Env("TACIT_VAULT")
}

// DefaultVault is where a vault lies that nobody named.
func (s *Session) DefaultVault() (string, error) {
	data := s.Env("XDG_DATA_HOME")
	if !filepath.IsAbs(data) { // a relative one counts as unset, says its specification
		data = s.Env("LOCALAPPDATA")
		if runtime.GOOS != "windows" || data == "" {
			home, err := os.UserHomeDir()
			if err != nil {
				return "", failure.Fault(vault.NoVault, "there is no home folder to look for a vault in").Hinted("name one with --vault DIR")
			}
			data = filepath.Join(home, ".local", "share")
		}
	}
	return filepath.Join(data, "tacit", "default"), nil
}
