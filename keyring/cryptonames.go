package keyring

// The command line does not know package crypto: a test holds that. What it needs of
// keys and slots, to hand them from here to package vault, has a name here. A Go
// program uses crypto's own.

import "github.com/tacit-vault/tacit/crypto"

// What opens and seals slots.
type (
	// A Key opens slots.
	Key = crypto.Key
	// A Lock seals slots.
	Lock = crypto.Lock
	// Passphrase is a passphrase as both.
	Passphrase = crypto.Passphrase
)

// The kinds of slots.
const (
	KindPassphrase = crypto.KindPassphrase
	KindAge        = crypto.KindAge
	KindSSH        = crypto.KindSSH
	KindPlugin     = crypto.KindPlugin
	KindKeyring    = crypto.KindKeyring
	KindTPM        = crypto.KindTPM
	KindRecovery   = crypto.KindRecovery
)

// What a [Key] says of itself, and what is wrong with what was given.
var (
	ErrWrongKey    = crypto.ErrWrongKey
	ErrUnavailable = crypto.ErrUnavailable
	ErrMalformed   = crypto.ErrMalformed
)

// NewPassphrase takes a copy of a passphrase of 1 to [crypto.MaxPassphrase]
// characters of UTF-8. The error wraps [crypto.ErrMalformed] or
// [crypto.ErrLimit]. logN is scrypt's work factor for tests: see
// [crypto.WithWorkFactor]. 0 is that of the format.
func NewPassphrase(passphrase []byte, logN int) (*Passphrase, error) {
	return crypto.NewPassphrase(passphrase, workFactor(logN)...)
}

// Recipient is the lock of an age recipient, "age1…" or "age1pq1…". The error wraps
// [crypto.ErrMalformed] and does not hold s. [Kinds.Recipient] takes SSH public keys,
// too.
func Recipient(s string) (Lock, error) { return Kinds{}.Recipient(s) }
