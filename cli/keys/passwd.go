package keys

import (
	"context"

	"github.com/tacit-vault/tacit/cli/failure"
	"github.com/tacit-vault/tacit/cli/frame"
	"github.com/tacit-vault/tacit/keyring"
	"github.com/tacit-vault/tacit/vault"
)

func runKeyPasswd(ctx context.Context, s *frame.Session, o *keyOptions) error {
	fresh := o.current.swap(s)
	s.First(slotCheck(func(slots []vault.SlotInfo) error {
		_, err := o.passphraseSlot(slots)
		return err
	}))
	slots, _, err := slotsOf(ctx, s)
	if err != nil {
		return err
	}
	label, err := o.passphraseSlot(slots)
	if err != nil {
		return err
	}
	phrase, err := newPassphrase(ctx, s, fresh)
	if err != nil {
		return err
	}
	spec := keyring.LockSpec{Kind: keyring.KindPassphrase, Phrase: phrase}
	defer spec.Wipe()
	var info vault.SlotInfo
	err = s.Writing(ctx, func(v frame.OpenVault) error {
		info, err = v.ReplaceSlot(ctx, label, spec)
		return err
	})
	if err != nil {
		return err
	}
	if s.JSON {
		return s.WriteJSON(toKeyJSON(info))
	}
	s.Say("changed the passphrase of the key slot %s%s; the old one still opens older copies of the vault, which tacit rotate ends for what is written from then on", info.Label, s.InVault())
	return nil
}

// passphraseSlot is the slot that is meant: the one named, or the only one.
func (o *keyOptions) passphraseSlot(slots []vault.SlotInfo) (string, error) {
	var there []vault.SlotInfo
	for _, slot := range slots {
		switch {
		case len(o.args) > 0 && slot.Label != o.args[0]:
		case slot.Kind == keyring.KindPassphrase:
			there = append(there, slot)
		case len(o.args) > 0:
			return "", failure.Fault(vault.InvalidValue, "the key slot %s is of kind %s, and has no passphrase", slot.Label, slot.Kind).Hinted("{tacit key list}")
		}
	}
	switch {
	case len(there) == 1:
		return there[0].Label, nil
	case len(there) > 1:
		return "", failure.Usage("there are several passphrases: %s", LabelsOf(there)).Hinted("{tacit key passwd LABEL}")
	case len(o.args) > 0:
		return "", failure.Fault(vault.NotFound, "there is no key slot %s", failure.Printable(o.args[0])).Hinted("{tacit key list}")
	}
	return "", failure.Fault(vault.NotFound, "the vault has no passphrase").Hinted("{tacit key add passphrase}")
}
