package keyring

import (
	"errors"
	"io/fs"
	"path/filepath"
)

// Credentials finds the keys that systemd hands to a service in the folder
// $CREDENTIALS_DIRECTORY: an identity file as tacit-identity, a passphrase as
// tacit-passphrase. names tells what was found. Where neither is there, there
// are no keys and no error. logN is as in [NewPassphrase].
func Credentials(dir string, o FileOptions, logN int) (keys []Key, names []string, err error) {
	path := filepath.Join(dir, "tacit-identity")
	o.Warn = nil // systemd's folder is this service's alone, whatever the modes say
	id, err := IdentityFile(path, o)
	switch {
	case err == nil:
		keys, names = append(keys, id), append(names, "credential tacit-identity")
	case !errors.Is(err, fs.ErrNotExist):
		return nil, nil, err
	}
	phrase, err := PassphraseFile(filepath.Join(dir, "tacit-passphrase"))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return keys, names, nil
	case err != nil:
		return nil, nil, err
	}
	defer clear(phrase)
	p, err := NewPassphrase(phrase, logN)
	if err != nil {
		return nil, nil, err
	}
	return append(keys, p), append(names, "credential tacit-passphrase"), nil
}
