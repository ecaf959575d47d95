package cli

import "github.com/tacit-vault/tacit/keyring"

func makeIdentity(path string, pq bool) error {
	_, err := keyring.CreateIdentityFile(path, pq)
	return err
}
