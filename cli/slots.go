package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/tacit-vault/tacit/keyring"
	"github.com/tacit-vault/tacit/vault"
)

// slotBuilder collects the first ways into a vault.
type slotBuilder struct {
	s     *session
	dir   string // of the vault
	pq    bool
	slots []vault.NewSlot
	made  []string // identity files that are new
	held  []string // recipients whose keys were put into the system's keyring
	used  string   // the default identity file, where it was there
	stay  []byte   // the passphrase that was typed, where the vault is to stay unlocked
}

// undo removes the keys that were made for a vault that was not.
func (b *slotBuilder) undo(ctx context.Context) error {
	var errs []error
	for _, path := range b.made {
		errs = append(errs, os.Remove(path))
	}
	for _, recipient := range b.held {
		errs = append(errs, keyring.ForgetOSKey(context.WithoutCancel(ctx), recipient))
	}
	return errors.Join(errs...)
}

func (b *slotBuilder) collect(ctx context.Context, recipients []string, osKeyring bool) error {
	for _, path := range b.s.identities.Value() {
		if err := b.identity(path); err != nil {
			return err
		}
	}
	phrase, err := b.s.givenNewPassphrase(ctx)
	if err == nil && phrase != nil {
		err = b.passphrase(phrase)
	}
	if err != nil {
		return err
	}
	for _, r := range recipients {
		if err := b.recipient("recipient", r); err != nil {
			return err
		}
	}
	if osKeyring {
		if err := b.keyring(ctx); err != nil {
			return err
		}
	}
	if len(b.slots) > 0 {
		return nil
	}
	if isTerminal(b.s.In) {
		if tty, ok := b.s.terminal(); ok {
			defer tty.Close()
			return b.ask(ctx, tty)
		}
	}
	return b.defaultIdentity()
}

// add gives each slot a label of its own.
func (b *slotBuilder) add(label string, lock keyring.Lock) {
	n := 1
	for _, slot := range b.slots {
		if slot.Label == label || slot.Label == fmt.Sprintf("%s-%d", label, n) {
			n++
		}
	}
	if n > 1 {
		label = fmt.Sprintf("%s-%d", label, n)
	}
	b.slots = append(b.slots, vault.NewSlot{Label: label, Lock: lock})
}

func (b *slotBuilder) passphrase(phrase []byte) error {
	defer clear(phrase)
	p, err := keyring.NewPassphrase(phrase, b.s.ScryptLogN)
	if err != nil {
		return fault(vault.InvalidValue, "%v", err)
	}
	b.add("passphrase", p)
	return nil
}

func (b *slotBuilder) recipient(label, recipient string) error {
	lock, err := keyring.Recipient(recipient)
	if err != nil {
		return notRecipient(fault(vault.InvalidValue, "init: %v", err), recipient)
	}
	if b.pq && !lock.PostQuantum() {
		return fault(vault.InvalidValue, "init --pq: the %s is not post-quantum", label).
			hinted("age-keygen -pq makes one that is; a passphrase is, too")
	}
	b.add(label, lock)
	return nil
}

// keyring puts a new key into the system's keyring.
func (b *slotBuilder) keyring(ctx context.Context) error {
	spec, err := newOSKeySpec(ctx, b.pq)
	if err != nil {
		return err
	}
	b.held = append(b.held, spec.Recipient)
	lock, err := spec.Lock(b.s.lockOptions())
	if err != nil {
		return keyError(err)
	}
	b.add("keyring", lock)
	return nil
}

// newOSKeySpec is a slot for a new key in the system's keyring.
func newOSKeySpec(ctx context.Context, pq bool) (keyring.LockSpec, error) {
	recipient, err := keyring.NewOSKey(ctx, pq)
	if err != nil {
		return keyring.LockSpec{}, keyError(err)
	}
	return keyring.LockSpec{Kind: keyring.KindKeyring, Recipient: recipient}, nil
}

// identity takes the first fitting recipient of an identity file, and makes the
// file where there is none.
func (b *slotBuilder) identity(path string) error {
	if path == "-" {
		return usage("init: --identity - is not a file that could be used again")
	}
	if err := b.placeForIdentity(path); err != nil {
		return err
	}
	recipient, err := keyring.CreateIdentityFile(path, b.pq)
	if err == nil {
		b.made = append(b.made, path)
		return b.recipient("identity", recipient)
	}
	if !errors.Is(err, fs.ErrExist) {
		return explain(err)
	}
	id, err := keyring.IdentityFile(path, b.s.fileOptions())
	var recipients []string
	if err == nil {
		recipients, err = id.Recipients()
	}
	if err == nil && len(recipients) == 0 {
		err = fmt.Errorf("identity file %s holds identities of age plugins only: tacit init with another key, then tacit key add plugin", path)
	}
	if err != nil {
		return keyError(err).hinted("name another with --identity FILE")
	}
	return b.recipient("identity", b.fitting(recipients))
}

// placeForIdentity refuses to make an identity file in a vault's folder, that of
// the vault to be made included: it would lie beside what it opens, go with it, and
// be taken for a foreign file.
func (b *slotBuilder) placeForIdentity(path string) error {
	if _, err := os.Lstat(path); !errors.Is(err, fs.ErrNotExist) {
		return nil // nothing will be made
	}
	if err := b.s.outsideVaults("init --identity", path); err != nil {
		return err
	}
	dir, err := reaches(b.dir)
	file, ferr := reaches(path)
	if err != nil || ferr != nil {
		return nil // making them will say so
	}
	if below, err := filepath.Rel(dir, file); err == nil && filepath.IsLocal(below) {
		return usage("init --identity: %s would lie in the vault's folder, %s", path, dir).hinted("name a place elsewhere")
	}
	return nil
}

func (b *slotBuilder) fitting(recipients []string) string {
	for _, r := range recipients {
		if lock, err := keyring.Recipient(r); err == nil && (!b.pq || lock.PostQuantum()) {
			return r
		}
	}
	return recipients[0]
}

// defaultIdentity is what opens the vault when nobody said what shall.
func (b *slotBuilder) defaultIdentity() error {
	path := b.s.Env("TACIT_IDENTITY")
	if path == "" {
		path = keyring.DefaultIdentityPath()
	}
	if path == "" {
		return fault(vault.Locked, "init: there is no home folder for an identity file").hinted("--identity FILE")
	}
	if err := b.identity(path); err != nil {
		return err
	}
	if len(b.made) == 0 {
		b.used = path
	}
	return nil
}

// ask asks for the passphrase, and makes one where the answer is empty.
func (b *slotBuilder) ask(ctx context.Context, tty *TTY) error {
	phrase, err := b.s.askNewPassphrase(ctx, tty)
	if err != nil {
		return err
	}
	stays, err := b.s.offerUnlock(ctx, tty)
	if stays {
		b.stay = bytes.Clone(phrase)
	}
	return errors.Join(err, b.passphrase(phrase))
}
