package upkeep

import (
	"context"
	"errors"
	"fmt"

	urfave "github.com/urfave/cli/v2"

	"github.com/tacit-vault/tacit/cli/cmdline"
	"github.com/tacit-vault/tacit/cli/failure"
	"github.com/tacit-vault/tacit/cli/frame"
	"github.com/tacit-vault/tacit/cli/keys"
	"github.com/tacit-vault/tacit/cli/system"
	"github.com/tacit-vault/tacit/keyring"
	"github.com/tacit-vault/tacit/vault"
	"github.com/tacit-vault/tacit/vault/rescue"
)

type rescueOptions struct {
	to         string
	vaultID    string
	recipients urfave.StringSlice
}

func RescueCommand(s *frame.Session) *cmdline.Command {
	var o rescueOptions
	return &cmdline.Command{
		Name: "rescue", Group: cmdline.GroupVault, Args: "DIR", Min: 1, Max: 1,
		Short: "get the secrets out of a ruined vault, into a new one",
		Long: `Reads every file below DIR, and finds the secrets by their bytes, whatever
happened to the database. DIR may also be one file, or the image of a disk. Each
secret is proven with the vault's key. The newest version of each goes into a new
vault at NEW. NEW has keys of its own inside, and opens with what opened the old
vault. NEW appears complete or not at all. Older versions are not carried over.
DIR is never written to, and may be a read-only copy.

What is not certain is printed, one line each. "uncertain" is the newest value
that is left, not proven to be the current one. "missing" is a secret that is
known of, without any value left. "deleted" had been deleted. The exit code is 0
only if everything that was in the vault is there and certain, else 8: NEW is made
all the same. With --json every secret is listed. Copy a failing disk first
(ddrescue), and rescue the copy.`,
		Example: `tacit rescue ~/broken-vault --to ~/rescued
tacit rescue /mnt/disk.img --to ~/rescued --passphrase-file phrase.txt --json`,
		Codes: []int{failure.ExitInvalid, failure.ExitExists, failure.ExitNoKey, failure.ExitWrongKey, failure.ExitTampered, failure.ExitDisk},
		Flags: []urfave.Flag{
			&urfave.StringFlag{Name: "to", Usage: "make the new vault at `NEW`, a new or empty folder outside DIR", Destination: &o.to},
			&urfave.StringFlag{Name: "vault-id", Usage: "the id of the vault, 32 `HEX` digits, if nothing is left that has it, or DIR holds several vaults", Destination: &o.vaultID},
			&urfave.StringSliceFlag{Name: "recipient", Usage: "open NEW also with the key of an age `RECIPIENT` (age1…) or SSH public key; may be repeated", Destination: &o.recipients},
		},
		Run: func(ctx context.Context, args []string) error {
			return runRescue(ctx, s, args[0], &o)
		},
	}
}

func runRescue(ctx context.Context, s *frame.Session, dir string, o *rescueOptions) error {
	if o.to == "" {
		return failure.Usage("rescue needs --to NEW, the folder of the new vault").Hinted("{tacit rescue DIR --to NEW}")
	}
	// Before what takes long; the vault checks again.
	if err := vault.Vacant("rescue", o.to, s.State); err != nil && !errors.Is(err, vault.Exists) { // that it lies in the ruin is said better
		return err
	}
	if err := vacant("rescue", o.to); err != nil {
		return err
	}
	system.Undumpable()
	bar := s.Progress("searching")
	r, err := rescue.Scan(ctx, dir, rescue.Options{
		VaultID: o.vaultID, State: s.State, Progress: bar.Update,
		Warn: func(err error) { s.Warn("%v", err) },
	})
	bar.Done()
	if err != nil {
		return err
	}
	defer r.Close()
	if err := unlockRuin(ctx, s, r, dir); err != nil {
		return err
	}
	bar = s.Progress("reading")
	report, err := r.Collect(ctx)
	bar.Done()
	if err != nil {
		return err
	}
	st, err := o.write(ctx, s, r, report)
	if err != nil {
		return err
	}
	if err := tellRescued(s, report, st); err != nil || report.Complete() {
		return err
	}
	return incomplete(report)
}

// write makes the new vault, where there is something to put into it.
func (o *rescueOptions) write(ctx context.Context, s *frame.Session, r *rescue.Ruin, report *rescue.Report) (vault.Status, error) {
	if report.Rescued() == 0 {
		return vault.Status{}, nil
	}
	slots, err := o.slots(ctx, s, r)
	if err != nil {
		return vault.Status{}, err
	}
	bar := s.Progress("writing")
	defer bar.Done()
	return r.Write(ctx, o.to, vault.CreateOptions{
		Slots: slots, State: s.State, Now: s.Now, Warn: func(err error) { s.Warn("%v", err) },
	}, bar.Update)
}

// unlockRuin tries the keys at hand, then asks for a passphrase where a slot
// that takes one was found.
func unlockRuin(ctx context.Context, s *frame.Session, r *rescue.Ruin, dir string) error {
	w, err := s.AvailableKeys(ctx)
	if err != nil {
		return err
	}
	w.Vault = vault.Status{Path: dir, Slots: r.Slots()}
	w.Which = "any key that opened the vault while its slot was there"
	try := func(keys ...keyring.Key) error { return r.Unlock(ctx, keys...) }
	if len(w.Vault.Slots) == 0 {
		return try() // which says that none is left
	}
	return s.TryOrAsk(ctx, w, try, nil)
}

// slots are the ways into the new vault: by the key that opened the old one,
// and those that the flags name.
func (o *rescueOptions) slots(ctx context.Context, s *frame.Session, r *rescue.Ruin) ([]vault.NewSlot, error) {
	b := keys.SlotBuilder{S: s, Pq: r.PostQuantum()}
	for _, recipient := range o.recipients.Value() {
		if err := b.Recipient("recipient", recipient); err != nil {
			return nil, err
		}
	}
	var last error
	for _, opened := range r.OpenedBy() {
		lock, err := relock(ctx, s, opened, b)
		if err != nil {
			last = err
			continue
		}
		b.Add(opened.Slot.Label, lock)
		return b.Slots, nil
	}
	if len(b.Slots) == 0 {
		return nil, frame.LockError(last).Hinted("name a key for the new vault with --recipient age1…")
	}
	s.Warn("the key that opened the old vault does not open the new one (%v); --recipient does", last)
	return b.Slots, nil
}

// relock is the lock that the key which opened a slot opens again.
func relock(ctx context.Context, s *frame.Session, opened rescue.SlotKey, b keys.SlotBuilder) (keyring.Lock, error) {
	slot := opened.Slot
	spec := keyring.LockSpec{Kind: slot.Kind, Recipient: slot.Recipient}
	switch slot.Kind {
	case keyring.KindPassphrase, keyring.KindRecovery:
		p, ok := opened.Key.(*keyring.Passphrase)
		if ok && slot.Kind == keyring.KindRecovery {
			return p.Recovery()
		}
		if ok {
			return p, nil
		}
	case keyring.KindAge, keyring.KindSSH:
		if id, ok := opened.Key.(keyring.Identity); ok {
			recipients, err := id.Recipients()
			if err != nil {
				return nil, err
			}
			if len(recipients) > 0 {
				return s.Kinds.Recipient(b.Fitting(recipients))
			}
		}
	case keyring.KindTPM:
		tpm, ok, err := keys.TpmLock(ctx, s, slot)
		if err != nil {
			return nil, err
		}
		if spec = tpm; !ok {
			return nil, fmt.Errorf("%w: the TPM slot has a PIN, and there is nobody to ask for it", keyring.ErrUnavailable)
		}
	}
	defer spec.Wipe()
	return spec.Lock(s.LockOptions())
}

// incomplete is the end of a rescue after which something is not certain.
func incomplete(r *rescue.Report) error {
	switch {
	case r.Rescued() == 0:
		return failure.Fault(vault.Missing, "rescue: no secret has a value that is left; nothing was written").
			Hinted("another copy of the vault, or a backup")
	case r.Known > r.Head.Commit && r.Head.Commit > 0:
		return failure.Fault(vault.Corrupt, "rescue: this machine has seen commit %d of the vault, and the newest that is left is %d: what was changed between may be missing", r.Known, r.Head.Commit).
			Hinted("hold the secrets against what you know of them; then set what changed")
	}
	return failure.Fault(vault.Corrupt, "rescue: not all is certain: %d uncertain, %d missing, %s not known of", r.Count(rescue.Uncertain), r.Count(rescue.Missing), frame.Count(r.Unknown, "name")).
		Hinted("look at the secrets in the list, and set again what is wrong or missing")
}
