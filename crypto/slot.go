package crypto

import "context"

// The kinds of slots, besides KindAge and KindPassphrase. A reader keeps a slot
// of a kind that it does not know, and cannot open it.
const (
	KindSSH      = "ssh"      // an SSH key
	KindPlugin   = "plugin"   // an age plugin
	KindKeyring  = "keyring"  // an age identity that the operating system's keyring holds
	KindTPM      = "tpm"      // a TPM 2.0
	KindRecovery = "recovery" // words on paper
)

// Slot is an entry of the head's slot table: what the vault says about one of
// its ways in. The slot file itself is a stock age file.
type Slot struct {
	ID        uint32 // from 1, never given twice
	Label     string // [a-z0-9-]{1,40}, unique in the table
	Kind      string // Lock.Kind: "passphrase", "age", …
	Created   int64  // Unix seconds
	Sum       Digest // SHA-256 of the slot file
	Recipient string // public recipient, or "" where the kind has none
}

// A Lock is a way in, on the sealing side.
type Lock interface {
	// Kind is the kind of the slots that it makes, as the slot table keeps it.
	Kind() string
	// Public is the recipient that the slot table keeps, so that the slot can be
	// made anew, or "" where there is none.
	Public() string
	// PostQuantum tells whether what it seals withstands a quantum computer. A
	// hybrid vault takes no other locks.
	PostQuantum() bool
	// Wrap seals a slot's plaintext as a stock age file with one stanza.
	Wrap(plaintext []byte) (file []byte, err error)
}

// A Key is a way in, on the opening side.
type Key interface {
	// Name says which key it is, for messages: "passphrase", "identity file
	// ~/x". It is never secret.
	Name() string
	// Unwrap returns the plaintext of a slot file, which it has to expect to be
	// hostile. An error wrapping ErrWrongKey means that the slot is not for
	// this key: try the next slot. One wrapping ErrUnavailable means that the
	// key could not be tried: go on, and tell at the end. Any other error ends
	// the search.
	Unwrap(ctx context.Context, s Slot, file []byte) (plaintext []byte, err error)
}
