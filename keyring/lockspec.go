package keyring

import (
	"fmt"
	"log/slog"
	"strings"

	"github.com/tacit-vault/tacit/crypto"
)

// LockSpec says how a slot is to be sealed, in a form that can be sent to an
// agent. It prints as [redacted].
type LockSpec struct {
	Kind      string `json:"kind"`                // a kind of crypto's
	Recipient string `json:"recipient,omitempty"` // age, ssh, keyring, plugin; for a plugin also its identity
	Phrase    []byte `json:"phrase,omitempty"`    // passphrase, recovery
	PIN       []byte `json:"pin,omitempty"`       // tpm; empty: none
	PCRs      []int  `json:"pcrs,omitempty"`      // tpm, of the SHA-256 bank
}

// LockOptions are what a lock needs of the machine it is made on.
type LockOptions struct {
	ScryptLogN int    // scrypt's work factor for tests; 0: that of the format
	TPM        string // the TPM's device; "": the default one
	Ask        Asker  // for plugins; may be nil
	Kinds      Kinds  // what the program is linked with
}

const redacted = "[redacted]"

func (LockSpec) String() string   { return redacted }
func (LockSpec) GoString() string { return redacted }

// LogValue keeps it out of logs.
func (LockSpec) LogValue() slog.Value { return slog.StringValue(redacted) }

// Wipe zeroes the secrets in it.
func (l *LockSpec) Wipe() {
	clear(l.Phrase)
	clear(l.PIN)
	l.Phrase, l.PIN = nil, nil
}

// Lock makes the lock. The error wraps [crypto.ErrMalformed] or
// [crypto.ErrLimit] for what cannot be one, [crypto.ErrUnavailable] where what
// it takes is not at hand, and [ErrNotLinked] where the program does without.
func (l LockSpec) Lock(o LockOptions) (Lock, error) {
	switch l.Kind {
	case crypto.KindPassphrase:
		lock, err := NewPassphrase(l.Phrase, o.ScryptLogN)
		if err != nil {
			return nil, err // not a Lock that holds a nil
		}
		return lock, nil
	case crypto.KindRecovery:
		return crypto.NewRecovery(l.Phrase, workFactor(o.ScryptLogN)...)
	case crypto.KindAge:
		return o.Kinds.Recipient(l.Recipient)
	case crypto.KindKeyring:
		lock, err := o.Kinds.Recipient(l.Recipient)
		if err != nil {
			return nil, err
		}
		return keyringLock{lock}, nil
	case crypto.KindTPM:
		return o.Kinds.NewTPMLock(o.TPM, l.PIN, l.PCRs)
	case crypto.KindSSH:
		return o.Kinds.sshLock(l.Recipient)
	case crypto.KindPlugin:
		return PluginRecipient(l.Recipient, o.Ask)
	}
	return nil, Refusal(fmt.Sprintf("no slots of kind %q can be made", l.Kind))
}

// Relock is the spec that makes a slot anew from what the slot table says of
// it. It is false where another half is needed: a passphrase, a TPM, or the
// user's word that a plugin may be run.
func Relock(kind, recipient string) (LockSpec, bool) {
	switch kind {
	case crypto.KindAge, crypto.KindSSH, crypto.KindKeyring:
		return LockSpec{Kind: kind, Recipient: recipient}, recipient != ""
	}
	return LockSpec{}, false
}

// Key is the key that opens what the lock seals, where the spec holds it: a
// phrase, or a plugin's identity; else nil. The error wraps
// [crypto.ErrMalformed] or [crypto.ErrLimit] for what cannot be one.
func (l LockSpec) Key(o LockOptions) (crypto.Key, error) {
	switch {
	case len(l.Phrase) > 0:
		key, err := NewPassphrase(l.Phrase, o.ScryptLogN)
		if err != nil {
			return nil, err // not a Key that holds a nil
		}
		return key, nil
	case l.Kind == crypto.KindPlugin && strings.HasPrefix(l.Recipient, pluginPrefix):
		key, err := parseLines("the plugin's identity", []byte(l.Recipient), FileOptions{Ask: o.Ask})
		if err != nil {
			return nil, err // not a Key that holds a nil
		}
		return key, nil
	}
	return nil, nil
}

// workFactor is scrypt's work factor as an option; 0 is that of the format.
func workFactor(logN int) []crypto.PassphraseOption {
	if logN == 0 {
		return nil
	}
	return []crypto.PassphraseOption{crypto.WithWorkFactor(logN)}
}
