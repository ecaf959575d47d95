package cli

import (
	"context"
	"fmt"
	"slices"

	"github.com/tacit-vault/tacit/keyring"
	"github.com/tacit-vault/tacit/vault"
)

func runKeyRemove(ctx context.Context, s *session, o *keyOptions) error {
	label := o.args[0]
	s.first(slotCheck(func(slots []vault.SlotInfo) error { return removable("key remove", []string{label}, slots) }))
	slots, _, err := s.slotsOf(ctx)
	if err != nil {
		return err
	}
	there := hasSlot(slots, label)
	asked := o.lockOut
	if there && !o.lockOut {
		if asked, err = s.checkLockOut(ctx, "Remove the key slot "+label, slots, []string{label}); err != nil {
			return err
		}
	}
	if there && len(slots) > 1 && !o.yes && !asked {
		if err := s.confirm(ctx, "--yes", "Remove the key slot %s?", printable(label)); err != nil {
			return err
		}
	}
	var info vault.SlotInfo
	err = s.writing(ctx, func(v opened) error {
		info, err = v.RemoveSlot(ctx, label)
		return err
	})
	if err != nil {
		return err
	}
	if info.Kind == keyring.KindKeyring {
		if err := keyring.ForgetOSKey(ctx, info.Recipient); err != nil {
			s.warn("the key is still in this system's keyring: %v", err)
		}
	}
	if s.json {
		return s.writeJSON(toKeyJSON(info))
	}
	s.say("removed the key slot %s%s; what it could read stays readable to whoever kept it and a copy of the vault", info.Label, s.inVault())
	return s.offerRotation(ctx, o.yes || o.lockOut)
}

// offerRotation asks whether to rotate now; where nobody can be asked, or is
// to be asked, it says how.
func (s *session) offerRotation(ctx context.Context, quietly bool) error {
	tty, ok := s.terminal()
	if ok && (quietly || !isTerminal(s.In)) {
		tty.Close()
		ok = false
	}
	if !ok {
		s.say("tacit rotate gives the vault new keys; tacit exposed lists the values that should be changed")
		return nil
	}
	fmt.Fprintln(tty.Out, "A rotation gives the vault new keys, so that nothing written from now on is readable by the removed one.")
	answer, err := askLine(ctx, tty, "Rotate now? [y/N] ")
	tty.Close()
	if err != nil {
		return err
	}
	if answer != "y" && answer != "yes" {
		s.say("tacit rotate does it later; tacit exposed lists the values that should be changed")
		return nil
	}
	return runRotate(ctx, s, &rotateOptions{yes: true})
}

// removable refuses to let go of a key slot that there is not, and of all of them.
func removable(op string, gone []string, slots []vault.SlotInfo) error {
	for _, label := range gone {
		if !hasSlot(slots, label) {
			return fault(vault.NotFound, "%s: there is no key slot %s (there are: %s)", op, printable(label), labelsOf(slots)).hinted("tacit key list")
		}
	}
	stays := func(i vault.SlotInfo) bool { return !slices.Contains(gone, i.Label) }
	if slices.ContainsFunc(slots, stays) {
		return nil
	}
	what := "key slot " + labelsOf(slots) + " is the last one: without it"
	if len(slots) > 1 {
		what = "key slots " + labelsOf(slots) + " are the last ones: without them"
	}
	return fault(vault.InvalidValue, "%s: %s nothing opens the vault", op, what).hinted("add another first: tacit key add")
}
