// Package kinds has every kind of key that tacit knows. A program that imports it opens
// and seals any slot, and links all that this takes.
package kinds

import (
	"github.com/tacit-vault/tacit/keyring"
	"github.com/tacit-vault/tacit/keyring/oskeyring"
	"github.com/tacit-vault/tacit/keyring/sshkey"
	"github.com/tacit-vault/tacit/keyring/tpm"
)

// All are all of them.
func All() keyring.Kinds {
	return keyring.Kinds{SSH: sshkey.Kind{}, OSKeyring: oskeyring.Kind{}, TPM: tpm.Kind{}}
}
