// Package keyring is where the secrets live that unlock a vault: age identity
// files, and passphrases that come from a file, a file descriptor or a command. What
// it gives is a key for a vault:
//
//	key, err := keyring.IdentityFile(path, keyring.FileOptions{})
//	…
//	v, err := vault.Open(ctx, dir, vault.Options{Keys: []crypto.Key{key}, Wait: 10 * time.Second, State: state})
//	…
//	defer v.Close()
//	secret, err := v.Read(ctx, "API_KEY")
//
// A passphrase becomes one by [crypto.NewPassphrase].
//
// It opens no vault, and asks nobody anything: prompts belong to the command
// line. No error of this package holds what was read, nor a command's text or
// its output.
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

// refusal is an [ErrMalformed] whose text says all there is to say.
type refusal string

func (r refusal) Error() string { return string(r) }
func (r refusal) Unwrap() error { return ErrMalformed }
