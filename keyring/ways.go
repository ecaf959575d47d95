package keyring

import "github.com/tacit-vault/tacit/crypto"

// Key is a way in, on the opening side; see [crypto.Key].
type Key = crypto.Key

// Lock is a way in, on the sealing side; see [crypto.Lock].
type Lock = crypto.Lock

// Passphrase is a key and a lock; see [crypto.NewPassphrase].
type Passphrase = crypto.Passphrase

// NewPassphrase takes a copy of the passphrase. A logN other than 0 lowers
// scrypt's work factor for tests; production code passes 0.
func NewPassphrase(phrase []byte, logN int) (*Passphrase, error) {
	if logN == 0 {
		return crypto.NewPassphrase(phrase)
	}
	return crypto.NewPassphrase(phrase, crypto.WithWorkFactor(logN))
}

// Recipient is the lock of an age recipient; see [crypto.Recipient].
func Recipient(s string) (Lock, error) { return crypto.Recipient(s) }
