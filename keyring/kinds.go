package keyring

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"

	"filippo.io/age"

	"github.com/tacit-vault/tacit/crypto"
)

// ErrNotLinked means that a key is of a kind that this program does without: see
// [Kinds]. It comes before a person is asked anything, and before anything is changed,
// so that another program can do it instead. It does not wrap [ErrUnavailable]: a
// search for a key that opens the vault ends with it.
var ErrNotLinked = errors.New("is not linked into this program")

// Kinds are the kinds of keys that are not in this package, because each brings large
// libraries. A program imports those that it wants, and hands them in; nil is a kind
// that it does without. Passphrases, age identities and age plugins need none.
//
// They are handed in, and do not register themselves: it takes a field in
// [FileOptions], one in [LockOptions] and one in a program's own options. So a program
// sees at one place what it links, and a test can have kinds of its own.
type Kinds struct {
	SSH       SSH
	OSKeyring OSKeyring
	TPM       TPM
}

// SSH reads SSH keys, ssh-ed25519 and ssh-rsa of at least 2,048 bits. Errors wrap
// [ErrMalformed], and hold nothing of what was given.
type SSH interface {
	// Lock is the lock of a public key as an authorized_keys file has it, without its
	// comment.
	Lock(public string) (AgeLock, error)
	// Identity reads a private key. what is its name for messages; path is its file,
	// beside which a public half may lie, or "".
	Identity(what, path string, data []byte, o FileOptions) (AgeIdentity, error)
}

// An AgeLock seals any age file, too.
type AgeLock interface {
	Lock
	AgeRecipient() age.Recipient
}

// An AgeIdentity opens any age file, too.
type AgeIdentity interface {
	Identity
	// AgeIdentities may ask for a passphrase, at once or when they are used; ctx is
	// that of the questions. They may be used from several goroutines.
	AgeIdentities(ctx context.Context) ([]age.Identity, error)
}

// An OSKeyring keeps secrets of this user by their names, in the operating system's
// keyring. Each method's error wraps [ErrNoBus], [ErrNoService], [ErrKeyringLocked],
// [ErrNotInKeyring] or [ErrNoKeyring], and holds no secret.
type OSKeyring interface {
	// Set keeps a secret, in the place of an older one of that name.
	Set(ctx context.Context, name, secret string) error
	// Get is the secret of a name.
	Get(ctx context.Context, name string) (secret string, err error)
	// Delete removes a secret.
	Delete(ctx context.Context, name string) error
	// Probe tells whether Get would give a secret, without getting it and without a
	// prompt; nil, too, where that cannot be told.
	Probe(ctx context.Context, name string) error
}

// A TPM is this machine's TPM 2.0. A device is a character device, or unix:PATH of a
// socket; "" is /dev/tpmrm0, else /dev/tpm0. Each method's error wraps
// [ErrUnavailable] where there is none that this user may use.
type TPM interface {
	// Lock seals to the TPM; see [Kinds.NewTPMLock].
	Lock(device string, pin []byte, pcrs []int) (Lock, error)
	// Key opens what a Lock has sealed, and does not touch the TPM for anything else.
	Key(o TPMOptions) Key
	// Probe tells whether the TPM can be opened, without a word to it.
	Probe(device string) error
}

// Check is nil where slots of a kind can be made and opened by this program; else
// the error wraps [ErrNotLinked].
func (k Kinds) Check(kind string) error {
	missing := map[string]bool{crypto.KindSSH: k.SSH == nil, crypto.KindKeyring: k.OSKeyring == nil, crypto.KindTPM: k.TPM == nil}
	if missing[kind] {
		return notLinked(kind)
	}
	return nil
}

// Complete is nil where no kind is missing; else the error wraps [ErrNotLinked]. A
// program that hands over to one with more kinds leaves it to that one to ask a person,
// and to read what can be read once.
func (k Kinds) Complete() error {
	return cmp.Or(k.Check(crypto.KindSSH), k.Check(crypto.KindTPM), k.Check(crypto.KindKeyring))
}

func notLinked(kind string) error {
	return fmt.Errorf("a key of kind %s %w", kind, ErrNotLinked)
}

// Recipient is the lock of an age recipient, "age1…" or "age1pq1…", or of an SSH
// public key. The error wraps [crypto.ErrMalformed] and does not hold s, or
// [ErrNotLinked].
func (k Kinds) Recipient(s string) (Lock, error) {
	if strings.HasPrefix(s, "ssh-") {
		return k.sshLock(s)
	}
	return crypto.Recipient(s)
}

func (k Kinds) sshLock(public string) (Lock, error) {
	if err := k.Check(crypto.KindSSH); err != nil {
		return nil, err
	}
	lock, err := k.SSH.Lock(public)
	if err != nil {
		return nil, err // not a Lock that holds a nil
	}
	return lock, nil
}

// absent stands in for a key of a kind that the program does without.
type absent struct{ kind, name string }

func (a absent) Name() string { return a.name }

// Unwrap refuses the slots of its kind.
func (a absent) Unwrap(_ context.Context, s crypto.Slot, _ []byte) ([]byte, error) {
	if s.Kind != a.kind {
		return nil, fmt.Errorf("%w: a slot of kind %s", ErrWrongKey, s.Kind)
	}
	return nil, notLinked(a.kind)
}
