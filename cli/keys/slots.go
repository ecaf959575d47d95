package keys

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/tacit-vault/tacit/cli/disk"
	"github.com/tacit-vault/tacit/cli/failure"
	"github.com/tacit-vault/tacit/cli/frame"
	"github.com/tacit-vault/tacit/cli/terminal"
	"github.com/tacit-vault/tacit/keyring"
	"github.com/tacit-vault/tacit/vault"
)

// SlotBuilder collects the first ways into a vault.
type SlotBuilder struct {
	S      *frame.Session
	Dir    string // of the vault
	Pq     bool
	Slots  []vault.NewSlot
	Made   []string // identity files that are new
	stored []string // recipients whose keys were put into the system's keyring
	Used   string   // the default identity file, where it was there
	Stay   []byte   // the passphrase that was typed, where the vault is to stay unlocked
}

// Undo removes the keys that were made for a vault that was not.
func (b *SlotBuilder) Undo(ctx context.Context) error {
	var errs []error
	for _, path := range b.Made {
		errs = append(errs, os.Remove(path))
	}
	for _, recipient := range b.stored {
		errs = append(errs, b.S.Kinds.ForgetOSKey(context.WithoutCancel(ctx), recipient))
	}
	return errors.Join(errs...)
}

func (b *SlotBuilder) Collect(ctx context.Context, recipients []string, osKeyring bool) error {
	if osKeyring {
		if err := b.S.Kinds.Check(keyring.KindKeyring); err != nil {
			return err
		}
	}
	for _, path := range b.S.Identities.Value() {
		if err := b.identity(path); err != nil {
			return err
		}
	}
	phrase, err := givenNewPassphrase(ctx, b.S)
	if err == nil && phrase != nil {
		err = b.passphrase(phrase)
	}
	if err != nil {
		return err
	}
	for _, r := range recipients {
		if err := b.Recipient("recipient", r); err != nil {
			return err
		}
	}
	if osKeyring {
		if err := b.keyring(ctx); err != nil {
			return err
		}
	}
	if len(b.Slots) > 0 {
		return nil
	}
	if terminal.IsTerminal(b.S.In) {
		if tty, ok := b.S.Terminal(); ok {
			defer tty.Close()
			return b.ask(ctx, tty)
		}
	}
	return b.defaultIdentity()
}

// Add gives each slot a label of its own.
func (b *SlotBuilder) Add(label string, lock keyring.Lock) {
	n := 1
	for _, slot := range b.Slots {
		if slot.Label == label || slot.Label == fmt.Sprintf("%s-%d", label, n) {
			n++
		}
	}
	if n > 1 {
		label = fmt.Sprintf("%s-%d", label, n)
	}
	b.Slots = append(b.Slots, vault.NewSlot{Label: label, Lock: lock})
}

func (b *SlotBuilder) passphrase(phrase []byte) error {
	defer clear(phrase)
	p, err := keyring.NewPassphrase(phrase, b.S.ScryptLogN)
	if err != nil {
		return failure.Fault(vault.InvalidValue, "%v", err)
	}
	b.Add("passphrase", p)
	return nil
}

func (b *SlotBuilder) Recipient(label, recipient string) error {
	lock, err := b.S.Kinds.Recipient(recipient)
	if err != nil {
		return notRecipient(failure.Fault(vault.InvalidValue, "init: %v", err), recipient)
	}
	if b.Pq && !lock.PostQuantum() {
		return failure.Fault(vault.InvalidValue, "init --pq: the %s is not post-quantum", label).
			Hinted("age-keygen -pq makes one that is; a passphrase is, too")
	}
	b.Add(label, lock)
	return nil
}

// keyring puts a new key into the system's keyring.
func (b *SlotBuilder) keyring(ctx context.Context) error {
	spec, err := newOSKeySpec(ctx, b.S, b.Pq)
	if err != nil {
		return err
	}
	b.stored = append(b.stored, spec.Recipient)
	lock, err := spec.Lock(b.S.LockOptions())
	if err != nil {
		return frame.KeyError(err)
	}
	b.Add("keyring", lock)
	return nil
}

// newOSKeySpec is a slot for a new key in the system's keyring.
func newOSKeySpec(ctx context.Context, s *frame.Session, pq bool) (keyring.LockSpec, error) {
	recipient, err := s.Kinds.NewOSKey(ctx, pq)
	if err != nil {
		return keyring.LockSpec{}, frame.KeyError(err)
	}
	return keyring.LockSpec{Kind: keyring.KindKeyring, Recipient: recipient}, nil
}

// identity takes the first fitting recipient of an identity file, and makes the
// file where there is none.
func (b *SlotBuilder) identity(path string) error {
	if path == "-" {
		return failure.Usage("init: --identity - is not a file that could be used again")
	}
	if err := b.placeForIdentity(path); err != nil {
		return err
	}
	recipient, err := keyring.CreateIdentityFile(path, b.Pq)
	if err == nil {
		b.Made = append(b.Made, path)
		return b.Recipient("identity", recipient)
	}
	if !errors.Is(err, fs.ErrExist) {
		return failure.Explain(err)
	}
	id, err := keyring.IdentityFile(path, frame.FileOptions(b.S))
	var recipients []string
	if err == nil {
		recipients, err = id.Recipients()
	}
	if err == nil && len(recipients) == 0 {
		err = fmt.Errorf("identity file %s holds identities of age plugins only: tacit init with another key, then tacit key add plugin", path)
	}
	if err != nil {
		return frame.KeyError(err).Hinted("name another with --identity FILE")
	}
	return b.Recipient("identity", b.Fitting(recipients))
}

// placeForIdentity refuses to make an identity file in a vault's folder, that of
// the vault to be made included: it would lie beside what it opens, go with it, and
// be taken for a foreign file.
func (b *SlotBuilder) placeForIdentity(path string) error {
	if _, err := os.Lstat(path); !errors.Is(err, fs.ErrNotExist) {
		return nil // nothing will be made
	}
	if err := frame.OutsideVaults(b.S, "init --identity", path); err != nil {
		return err
	}
	dir, err := disk.Reaches(b.Dir)
	file, ferr := disk.Reaches(path)
	if err != nil || ferr != nil {
		return nil // making them will say so
	}
	if below, err := filepath.Rel(dir, file); err == nil && filepath.IsLocal(below) {
		return failure.Usage("init --identity: %s would lie in the vault's folder, %s", path, dir).Hinted("name a place elsewhere")
	}
	return nil
}

func (b *SlotBuilder) Fitting(recipients []string) string {
	for _, r := range recipients {
		if lock, err := b.S.Kinds.Recipient(r); err == nil && (!b.Pq || lock.PostQuantum()) {
			return r
		}
	}
	return recipients[0]
}

// defaultIdentity is what opens the vault when nobody said what shall.
func (b *SlotBuilder) defaultIdentity() error {
	path := b.S.Env("TACIT_IDENTITY")
	if path == "" {
		path = keyring.DefaultIdentityPath()
	}
	if path == "" {
		return failure.Fault(vault.Locked, "init: there is no home folder for an identity file").Hinted("--identity FILE")
	}
	if err := b.identity(path); err != nil {
		return err
	}
	if len(b.Made) == 0 {
		b.Used = path
	}
	return nil
}

// ask asks for the passphrase, and makes one where the answer is empty.
func (b *SlotBuilder) ask(ctx context.Context, tty *terminal.TTY) error {
	phrase, err := askNewPassphrase(ctx, b.S, tty)
	if err != nil {
		return err
	}
	stays, err := offerUnlock(ctx, b.S, tty)
	if stays {
		b.Stay = bytes.Clone(phrase)
	}
	return errors.Join(err, b.passphrase(phrase))
}
