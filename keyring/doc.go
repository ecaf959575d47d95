// Package keyring gets the secrets that unlock a vault from where they are kept, and
// makes keys and locks of them. A key opens a vault:
//
//	key, err := keyring.IdentityFile(path, keyring.FileOptions{})
//	…
//	v, err := vault.Open(ctx, dir, vault.Options{Keys: []crypto.Key{key}, Wait: 10 * time.Second, State: state})
//	…
//	defer v.Close()
//	secret, err := v.Read(ctx, "API_KEY")
//
// Keys come from a file with age identities, encrypted or not ([IdentityFile]), from an
// age plugin that such a file names and from systemd's credentials ([Credentials]). A
// passphrase comes from a file, a file descriptor or a command ([PassphraseFile],
// [PassphraseFD], [PassphraseCommand]); [NewPassphrase] makes a key of it.
//
// A lock is the other half, with which a new key slot is sealed: [Recipient],
// [PluginRecipient], or a [LockSpec], which can be sent to an agent.
//
// SSH keys, the system's keyring and the TPM bring large libraries, and a program links
// them only if it says so: it imports [github.com/tacit-vault/tacit/keyring/kinds], or
// one of the packages beside it, and hands its [Kinds] in:
//
//	all := kinds.All()
//	keys := []crypto.Key{all.TPMKey(keyring.TPMOptions{}), all.OSKey()}
//	ssh, err := keyring.IdentityFile(path, keyring.FileOptions{Kinds: all})
//
// A program that meets a kind without having it gets [ErrNotLinked].
//
// [Memory] is memory that is not swapped, and [Scrub] overwrites what was let go of.
// [Strength] judges a passphrase.
//
// The package opens no vault and knows no terminal. Where a plugin or an encrypted
// identity needs an answer from the user, the caller hands in an [Asker]. It starts
// programs: age plugins, and the passphrase command. No error holds what was read, nor
// the text of a command or its output.
package keyring

import "errors"

// What can be wrong with a source. A missing file wraps [io/fs.ErrNotExist].
var (
	// ErrEmpty means that there is nothing in it.
	ErrEmpty = errors.New("is empty")
	// ErrTooBig means that there is more in it than there may be.
	ErrTooBig = errors.New("is too big")
	// ErrCommand means that a passphrase command did not end well.
	ErrCommand = errors.New("passphrase command")
	// ErrSource means that it is nothing a secret can be read from, as a folder.
	ErrSource = errors.New("cannot be read from")
)

// Refusal is an [ErrMalformed] whose text says all there is to say.
type Refusal string

func (r Refusal) Error() string { return string(r) }
func (r Refusal) Unwrap() error { return ErrMalformed }
