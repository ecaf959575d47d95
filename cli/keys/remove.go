package keys

import (
	"context"
	"fmt"
	"slices"

	"github.com/tacit-vault/tacit/cli/failure"
	"github.com/tacit-vault/tacit/cli/frame"
	"github.com/tacit-vault/tacit/cli/terminal"
	"github.com/tacit-vault/tacit/keyring"
	"github.com/tacit-vault/tacit/vault"
)

func runKeyRemove(ctx context.Context, s *frame.Session, o *keyOptions) error {
	label := o.args[0]
	s.First(slotCheck(func(slots []vault.SlotInfo) error { return removable("key remove", []string{label}, slots) }))
	slots, _, err := slotsOf(ctx, s)
	if err == nil {
		err = linked(s, slots, func(slot vault.SlotInfo) bool { return slot.Label == label })
	}
	if err != nil {
		return err
	}
	there := hasSlot(slots, label)
	asked := o.lockOut
	if there && !o.lockOut {
		if asked, err = checkLockOut(ctx, s, "Remove the key slot "+label, slots, []string{label}); err != nil {
			return err
		}
	}
	if there && len(slots) > 1 && !o.yes && !asked {
		if err := s.Confirm(ctx, "--yes", "Remove the key slot %s?", failure.Printable(label)); err != nil {
			return err
		}
	}
	var info vault.SlotInfo
	err = s.Writing(ctx, func(v frame.OpenVault) error {
		info, err = v.RemoveSlot(ctx, label)
		return err
	})
	if err != nil {
		return err
	}
	if info.Kind == keyring.KindKeyring {
		if err := s.Kinds.ForgetOSKey(ctx, info.Recipient); err != nil {
			s.Warn("the key is still in this system's keyring: %v", err)
		}
	}
	if s.JSON {
		return s.WriteJSON(toKeyJSON(info))
	}
	s.Say("removed the key slot %s%s; anyone who kept it and a copy of the vault can still read what it could read", info.Label, s.InVault())
	return offerRotation(ctx, s, o.yes || o.lockOut)
}

// offerRotation asks whether to rotate now; where nobody can be asked, or is
// to be asked, it says how.
func offerRotation(ctx context.Context, s *frame.Session, quietly bool) error {
	tty, ok := s.Terminal()
	if ok && (quietly || !terminal.IsTerminal(s.In)) {
		tty.Close()
		ok = false
	}
	if !ok {
		s.Say("tacit rotate gives the vault new keys; tacit exposed lists the values that should be changed")
		return nil
	}
	fmt.Fprintln(tty.Out, "A rotation gives the vault new keys, so that nothing written from now on is readable by the removed one.")
	answer, err := terminal.AskLine(ctx, tty, "Rotate now? [y/N] ")
	tty.Close()
	if err != nil {
		return err
	}
	if answer != "y" && answer != "yes" {
		s.Say("tacit rotate does it later; tacit exposed lists the values that should be changed")
		return nil
	}
	return runRotate(ctx, s, &rotateOptions{yes: true})
}

// removable refuses to let go of a key slot that there is not, and of all of them.
func removable(op string, gone []string, slots []vault.SlotInfo) error {
	for _, label := range gone {
		if !hasSlot(slots, label) {
			return failure.Fault(vault.NotFound, "%s: there is no key slot %s (there are: %s)", op, failure.Printable(label), LabelsOf(slots)).Hinted("{tacit key list}")
		}
	}
	stays := func(i vault.SlotInfo) bool { return !slices.Contains(gone, i.Label) }
	if slices.ContainsFunc(slots, stays) {
		return nil
	}
	what := "key slot " + LabelsOf(slots) + " is the last one: without it"
	if len(slots) > 1 {
		what = "key slots " + LabelsOf(slots) + " are the last ones: without them"
	}
	return failure.Fault(vault.InvalidValue, "%s: %s nothing opens the vault", op, what).Hinted("add another first: {tacit key add}")
}
