package cli

import (
	"context"

	"github.com/tacit-vault/tacit/keyring"
	"github.com/tacit-vault/tacit/vault"
)

func runKeyPasswd(ctx context.Context, s *session, o *keyOptions) error {
	fresh := o.current.swap(s)
	s.first(slotCheck(func(slots []vault.SlotInfo) error {
		_, err := o.passphraseSlot(slots)
		return err
	}))
	slots, _, err := s.slotsOf(ctx)
	if err != nil {
		return err
	}
	label, err := o.passphraseSlot(slots)
	if err != nil {
		return err
	}
	phrase, err := s.newPassphrase(ctx, fresh)
	if err != nil {
		return err
	}
	spec := keyring.LockSpec{Kind: keyring.KindPassphrase, Phrase: phrase}
	defer spec.Wipe()
	var info vault.SlotInfo
	err = s.writing(ctx, func(v opened) error {
		info, err = v.ReplaceSlot(ctx, label, spec)
		return err
	})
	if err != nil {
		return err
	}
	if s.json {
		return s.writeJSON(toKeyJSON(info))
	}
	s.say("changed the passphrase of the key slot %s%s; the old one still opens older copies of the vault, which tacit rotate ends for what is written from then on", info.Label, s.inVault())
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
			return "", fault(vault.InvalidValue, "the key slot %s is of kind %s, and has no passphrase", slot.Label, slot.Kind).hinted("tacit key list")
		}
	}
	switch {
	case len(there) == 1:
		return there[0].Label, nil
	case len(there) > 1:
		return "", usage("there are several passphrases: %s", labelsOf(there)).hinted("tacit key passwd LABEL")
	case len(o.args) > 0:
		return "", fault(vault.NotFound, "there is no key slot %s", printable(o.args[0])).hinted("tacit key list")
	}
	return "", fault(vault.NotFound, "the vault has no passphrase").hinted("tacit key add passphrase")
}
