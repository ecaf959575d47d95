// Package sshkey opens and seals key slots with SSH keys, ssh-ed25519 and ssh-rsa. A
// program that imports it hands it to package keyring:
//
//	kinds := keyring.Kinds{SSH: sshkey.Kind{}}
//	key, err := keyring.IdentityFile(path, keyring.FileOptions{Kinds: kinds})
package sshkey

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"

	"filippo.io/age"
	"filippo.io/age/agessh"
	"golang.org/x/crypto/ssh"

	"github.com/tacit-vault/tacit/crypto"
	"github.com/tacit-vault/tacit/keyring"
)

// Kind reads SSH keys.
type Kind struct{}

var _ keyring.SSH = Kind{}

// sshLock is an SSH public key as a way in.
type sshLock struct {
	public string
	age    age.Recipient
}

var _ keyring.AgeLock = (*sshLock)(nil)

// Lock is the lock of an SSH public key as an authorized_keys file has
// it, ssh-ed25519, or ssh-rsa of at least 2,048 bits. Its comment is dropped.
func (Kind) Lock(s string) (keyring.AgeLock, error) {
	if strings.Contains(s, "PRIVATE KEY") {
		return nil, keyring.Refusal("this is a private key, a secret: give its public half, the .pub file")
	}
	key, _, _, rest, err := ssh.ParseAuthorizedKey([]byte(s))
	if err != nil || len(bytes.TrimSpace(rest)) > 0 {
		return nil, keyring.Refusal("not an SSH public key")
	}
	public := publicLine(key)
	r, err := agessh.ParseRecipient(public)
	if err != nil {
		return nil, keyring.Refusal(key.Type() + " keys cannot be used, or not of this size: ssh-ed25519, or ssh-rsa of 2,048 bits and more")
	}
	return &sshLock{public, r}, nil
}

func (l *sshLock) Kind() string      { return crypto.KindSSH }
func (l *sshLock) Public() string    { return l.public }
func (l *sshLock) PostQuantum() bool { return false }

// AgeRecipient seals any age file.
func (l *sshLock) AgeRecipient() age.Recipient { return l.age }

func (l *sshLock) Wrap(plaintext []byte) ([]byte, error) {
	return crypto.SealSlotFile(plaintext, l.age)
}

// publicLine is a public key without a comment.
func publicLine(key ssh.PublicKey) string {
	return strings.TrimSpace(string(ssh.MarshalAuthorizedKey(key)))
}

// sshKey is an SSH private key as a way in.
type sshKey struct {
	name   string
	public string
	age    age.Identity
	asked  *asked // nil where the key is not encrypted
}

var _ keyring.AgeIdentity = (*sshKey)(nil)

// Identity reads an SSH private key. Where it is encrypted its public half has
// to be known: from the file itself, or from the .pub file beside it.
func (Kind) Identity(what, path string, data []byte, o keyring.FileOptions) (keyring.AgeIdentity, error) {
	id, err := agessh.ParseIdentity(data)
	var locked *ssh.PassphraseMissingError
	switch {
	case errors.As(err, &locked):
		return parseLockedSSH(what, path, data, locked.PublicKey, o)
	case err != nil:
		return nil, fmt.Errorf("%s: %w: not an SSH private key of a kind that can be used: ssh-ed25519 or ssh-rsa", what, keyring.ErrMalformed)
	}
	signer, err := ssh.ParsePrivateKey(data)
	if err != nil {
		return nil, fmt.Errorf("%s: %w: not an SSH private key", what, keyring.ErrMalformed)
	}
	return &sshKey{name: what, public: publicLine(signer.PublicKey()), age: id}, nil
}

func parseLockedSSH(what, path string, data []byte, public ssh.PublicKey, o keyring.FileOptions) (keyring.AgeIdentity, error) {
	if public == nil { // an old PEM file says nothing of it
		b, err := os.ReadFile(path + ".pub")
		if err == nil && len(b) <= keyring.MaxIdentityFile {
			public, _, _, _, err = ssh.ParseAuthorizedKey(b)
		}
		if err != nil || public == nil {
			return nil, fmt.Errorf("%s is encrypted and does not say whose it is: its public half is needed at %s.pub", what, path)
		}
	}
	k := &sshKey{name: what, public: publicLine(public), asked: &asked{o: o, question: "Passphrase of " + what}}
	id, err := agessh.NewEncryptedSSHIdentity(public, bytes.Clone(data), k.asked.passphrase)
	if err != nil {
		return nil, fmt.Errorf("%s: %w: not an SSH private key of a kind that can be used: ssh-ed25519 or ssh-rsa", what, keyring.ErrMalformed)
	}
	k.age = id
	return k, nil
}

func (k *sshKey) Name() string { return k.name }

func (k *sshKey) Recipients() ([]string, error) { return []string{k.public}, nil }

// AgeIdentities is the key.
func (k *sshKey) AgeIdentities(ctx context.Context) ([]age.Identity, error) {
	if k.asked == nil {
		return []age.Identity{k.age}, nil
	}
	k.asked.ctx = ctx
	return []age.Identity{&sshOpener{k: k}}, nil
}

// sshOpener opens age files with a key that is encrypted, one at a time, and tells
// why its passphrase could not be had.
type sshOpener struct {
	mu sync.Mutex // guards k
	k  *sshKey
}

func (o *sshOpener) Unwrap(stanzas []*age.Stanza) ([]byte, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	key, err := o.k.age.Unwrap(stanzas)
	if err != nil && o.k.asked.err != nil {
		return nil, o.k.asked.err
	}
	return key, err
}

// Unwrap opens the slots of this very key. Nothing is asked for any other: where
// the slot's recipient is not known, its stanza tells.
func (k *sshKey) Unwrap(ctx context.Context, s crypto.Slot, file []byte) ([]byte, error) {
	if s.Kind != crypto.KindSSH || s.Recipient != "" && s.Recipient != k.public {
		return nil, fmt.Errorf("%w: a slot of kind %s", keyring.ErrWrongKey, s.Kind)
	}
	return crypto.OpenSlotFile(file, func(stanza *age.Stanza) ([]byte, error) {
		if !strings.HasPrefix(stanza.Type, "ssh-") {
			return nil, fmt.Errorf("%w: a slot of kind %s that is sealed to something else", keyring.ErrMalformed, crypto.KindSSH)
		}
		return k.unwrap(ctx, stanza)
	})
}

func (k *sshKey) unwrap(ctx context.Context, stanza *age.Stanza) ([]byte, error) {
	if k.asked == nil {
		return k.outcome(k.age.Unwrap([]*age.Stanza{stanza}))
	}
	k.asked.ctx = ctx
	for range keyring.AskTries {
		key, err := k.age.Unwrap([]*age.Stanza{stanza})
		switch {
		case err == nil || errors.Is(err, age.ErrIncorrectIdentity):
			return key, err
		case k.asked.err != nil:
			return nil, k.asked.err
		}
	}
	return nil, fmt.Errorf("%w: the passphrase of %s was wrong %d times", keyring.ErrUnavailable, k.name, keyring.AskTries)
}

// outcome hides what agessh says of a stanza that it cannot make sense of.
func (k *sshKey) outcome(key []byte, err error) ([]byte, error) {
	if err != nil && !errors.Is(err, age.ErrIncorrectIdentity) {
		return nil, fmt.Errorf("%w: SSH stanza", keyring.ErrMalformed)
	}
	return key, err
}

// asked asks for the passphrase of a key. agessh does not pass on why it could
// not be had.
type asked struct {
	o        keyring.FileOptions
	question string
	ctx      context.Context // of the Unwrap under way
	err      error
}

func (a *asked) passphrase() (phrase []byte, err error) {
	if a.o.Ask == nil {
		err = fmt.Errorf("%w: the key is encrypted, and nobody can be asked for its passphrase", keyring.ErrUnavailable)
	} else {
		phrase, err = a.o.Ask.Secret(a.ctx, a.question)
	}
	a.err = err
	return phrase, err
}
