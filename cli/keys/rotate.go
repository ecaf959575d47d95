package keys

import (
	"context"
	"slices"
	"strings"

	urfave "github.com/urfave/cli/v2"

	"github.com/tacit-vault/tacit/cli/cmdline"
	"github.com/tacit-vault/tacit/cli/failure"
	"github.com/tacit-vault/tacit/cli/frame"
	"github.com/tacit-vault/tacit/cli/terminal"
	"github.com/tacit-vault/tacit/keyring"
	"github.com/tacit-vault/tacit/vault"
	"github.com/tacit-vault/tacit/vault/agent"
)

type rotateOptions struct {
	drop        urfave.StringSlice
	plugins     urfave.StringSlice
	dropHistory bool
	yes         bool
	lockOut     bool
}

func RotateCommand(s *frame.Session) *cmdline.Command {
	var o rotateOptions
	return &cmdline.Command{
		Name: "rotate", Group: cmdline.GroupKeys,
		Short: "give the vault new keys, and seal everything to them",
		Long: `Makes a new identity for the vault, seals every version of every secret to it, and
makes new key slots, all in one step: whatever happens in between, the vault is
the old one or the new one. Then the old ciphertext is removed from the vault's
files. Other machines follow by themselves. The vault has a new pin from then on.
On a terminal it asks first, unless you give --yes.

Slots of public keys are made from what the vault keeps of them. A passphrase slot
needs its passphrase, a TPM slot its TPM. A plugin runs only if --plugin names it,
or the identity file that its slot was made of. If the other half of a slot is
missing, the rotation stops before anything is written, unless --drop LABEL lets
the slot go. If no available key would open the vault afterwards, it asks: then
--lock-out is the answer, not --yes.`,
		Example: `tacit rotate
tacit rotate --drop old-laptop --yes`,
		Codes: []int{failure.ExitNotFound, failure.ExitInvalid, failure.ExitNoKey, failure.ExitWrongKey, failure.ExitTampered, failure.ExitBusy, failure.ExitDisk},
		Flags: []urfave.Flag{
			&urfave.StringSliceFlag{Name: "drop", Usage: "let the key slot `LABEL` go; may be repeated", Destination: &o.drop},
			&urfave.StringSliceFlag{Name: "plugin", Usage: "run the age plugin `NAME|FILE` to make its slots again; may be repeated", Destination: &o.plugins},
			&urfave.BoolFlag{Name: "drop-history", Usage: "keep no older versions", Destination: &o.dropHistory},
			&urfave.BoolFlag{Name: "yes", Aliases: []string{"y"}, Usage: "do not ask", Destination: &o.yes},
			lockOutFlag(&o.lockOut),
		},
		Run: func(ctx context.Context, _ []string) error {
			return runRotate(ctx, s, &o)
		},
	}
}

// rotateJSON is what a rotation did.
type rotateJSON struct {
	OldPin  string    `json:"old_pin"`
	Pin     string    `json:"pin"`
	Secrets int       `json:"secrets"` // names sealed anew, deleted ones included
	Records int       `json:"records"` // versions of them
	Kept    []keyJSON `json:"kept"`
	Dropped []keyJSON `json:"dropped"`
}

func runRotate(ctx context.Context, s *frame.Session, o *rotateOptions) error {
	goes := func(slots []vault.SlotInfo) error { return removable("rotate", o.drop.Value(), slots) }
	s.First(slotCheck(goes))
	slots, _, err := slotsOf(ctx, s)
	if err == nil {
		err = goes(slots)
	}
	if err == nil {
		err = linked(s, slots, o.keeps)
	}
	if err != nil {
		return err
	}
	if err := o.confirm(ctx, s); err != nil {
		return err
	}
	locks, err := o.locks(ctx, s, slots)
	if err != nil {
		return err
	}
	defer wipeLocks(locks)
	if err := o.checkLockOut(ctx, s, slots, locks); err != nil {
		return err
	}
	bar := s.Progress("rotating")
	var report vault.RotateReport
	groups := 0
	err = s.Writing(ctx, func(v frame.OpenVault) error {
		groups = InGroups(ctx, v)
		report, err = v.Rotate(ctx, agent.RotateRequest{
			DropHistory: o.dropHistory, Drop: o.drop.Value(), Locks: locks, Progress: bar.Update,
		})
		return err
	})
	bar.Done()
	if err != nil {
		return err
	}
	if groups > 0 {
		s.Say("the vault is in %s, whose keys do not change by this: if somebody who has left may have copied the vault, tacit group renew NAME", frame.Count(groups, "group"))
	}
	return tellRotated(s, report)
}

func (o *rotateOptions) confirm(ctx context.Context, s *frame.Session) error {
	lost := o.drop.Value()
	if o.dropHistory {
		lost = append(slices.Clone(lost), "all older versions")
	}
	switch {
	case o.yes:
		return nil
	case len(lost) == 0 && !s.Askable(): // as a job rotates; nothing is lost by it
		return nil
	case len(lost) == 0:
		return s.Confirm(ctx, "--yes", "Rotate, and seal everything again? Other machines follow; the pin changes.")
	}
	return s.Confirm(ctx, "--yes", "Rotate, and let go of %s?", failure.Printable(strings.Join(lost, ", ")))
}

// checkLockOut asks before the key that the user stands on goes. What was typed
// for slots that stay is at hand.
func (o *rotateOptions) checkLockOut(ctx context.Context, s *frame.Session, slots []vault.SlotInfo, locks map[string]keyring.LockSpec) error {
	if o.lockOut {
		return nil
	}
	var typed []keyring.Key
	for _, l := range locks {
		if len(l.Phrase) == 0 {
			continue
		}
		p, err := keyring.NewPassphrase(l.Phrase, s.ScryptLogN)
		if err != nil {
			return frame.KeyError(err)
		}
		defer p.Wipe()
		typed = append(typed, p)
	}
	_, err := checkLockOut(ctx, s, "Rotate, and let go of "+strings.Join(o.drop.Value(), ", "), slots, o.drop.Value(), typed...)
	return err
}

// keeps tells whether a slot stays.
func (o *rotateOptions) keeps(slot vault.SlotInfo) bool {
	return !slices.Contains(o.drop.Value(), slot.Label)
}

// givenPhrase is the phrase that opened the vault; nil where something else did.
type givenPhrase struct {
	phrase []byte
	others int // slots that stay and need a phrase, besides one
}

// locks are the other halves of the slots that need one.
func (o *rotateOptions) locks(ctx context.Context, s *frame.Session, slots []vault.SlotInfo) (map[string]keyring.LockSpec, error) {
	phrase, err := s.GivenPassphrase(ctx)
	if err != nil {
		return nil, err
	}
	if phrase == nil && s.Typed != nil {
		phrase = slices.Clone(s.Typed)
	}
	defer clear(phrase)
	given := givenPhrase{phrase, -1}
	for _, slot := range slots {
		if o.keeps(slot) && (slot.Kind == keyring.KindPassphrase || slot.Kind == keyring.KindRecovery) {
			given.others++
		}
	}
	locks := map[string]keyring.LockSpec{}
	for _, slot := range slots {
		if !o.keeps(slot) {
			continue
		}
		spec, ok, err := o.lock(ctx, s, slot, given)
		if err != nil {
			wipeLocks(locks)
			return nil, err
		}
		if ok {
			locks[slot.Label] = spec
		}
	}
	return locks, nil
}

// lock is the other half of one slot; ok is false where it needs none, or where
// the vault has to say what is missing.
func (o *rotateOptions) lock(ctx context.Context, s *frame.Session, slot vault.SlotInfo, given givenPhrase) (spec keyring.LockSpec, ok bool, err error) {
	spec.Kind = slot.Kind
	switch slot.Kind {
	case keyring.KindPassphrase, keyring.KindRecovery:
		spec.Phrase, err = o.phrase(ctx, s, slot, given)
	case keyring.KindTPM:
		return TpmLock(ctx, s, slot)
	case keyring.KindPlugin:
		spec.Recipient, err = o.plugin(slot)
		return spec, spec.Recipient != "", err
	default:
		return spec, false, nil
	}
	return spec, len(spec.Phrase) > 0, err
}

// plugin is what a plugin slot is made anew of: its recipient, where --plugin
// names its plugin; where the slot table has none, the identity in the file that
// --plugin names. Whether that is the slot's, the vault has to find.
func (o *rotateOptions) plugin(slot vault.SlotInfo) (recipient string, err error) {
	name, known := keyring.PluginName(slot.Recipient)
	for _, given := range o.plugins.Value() {
		isFile := strings.ContainsAny(given, "./")
		switch {
		case known && given == name:
			return slot.Recipient, nil
		case !known && isFile:
			spec, err := pluginSpec(given)
			return spec.Recipient, err
		}
	}
	return "", nil
}

// phrase is that of one slot. Where there are several, what opened the vault is
// not that of each: each is asked for, where somebody can be asked.
func (o *rotateOptions) phrase(ctx context.Context, s *frame.Session, slot vault.SlotInfo, given givenPhrase) ([]byte, error) {
	if given.phrase != nil && given.others == 0 {
		return slices.Clone(given.phrase), nil
	}
	question := "Passphrase of the key slot " + slot.Label
	if slot.Kind == keyring.KindRecovery {
		question = "Words of the key slot " + slot.Label
	}
	if given.phrase != nil {
		question += " (empty: what opened the vault)"
	}
	tty, ok := s.Terminal()
	if !ok && slot.Kind == keyring.KindRecovery {
		return nil, nil // nobody keeps words for paper in a file
	}
	if ok {
		defer tty.Close()
		typed, err := terminal.AskHidden(ctx, tty, question+": ")
		if err != nil || len(typed) > 0 {
			return typed, err
		}
	}
	return slices.Clone(given.phrase), nil
}

// TpmLock makes a TPM slot anew, bound to what it was bound to.
func TpmLock(ctx context.Context, s *frame.Session, slot vault.SlotInfo) (spec keyring.LockSpec, ok bool, err error) {
	if err := s.Kinds.Check(slot.Kind); err != nil {
		return spec, false, err
	}
	pcrs, pin, ok := keyring.TPMBinding(slot.Recipient)
	if !ok {
		return spec, false, nil
	}
	spec = keyring.LockSpec{Kind: slot.Kind, PCRs: pcrs}
	if pin {
		spec.PIN, err = askFor(ctx, s, "PIN of the key slot "+slot.Label+": ")
		ok = len(spec.PIN) > 0
	}
	return spec, ok, err
}

// askFor asks for a secret; nil where nobody can be asked, or nothing is typed.
func askFor(ctx context.Context, s *frame.Session, question string) ([]byte, error) {
	tty, ok := s.Terminal()
	if !ok {
		return nil, nil
	}
	defer tty.Close()
	typed, err := terminal.AskHidden(ctx, tty, question)
	if err != nil || len(typed) == 0 {
		return nil, err
	}
	return typed, nil
}

func wipeLocks(locks map[string]keyring.LockSpec) {
	for _, l := range locks {
		l.Wipe()
	}
}

func tellRotated(s *frame.Session, r vault.RotateReport) error {
	if s.JSON {
		j := rotateJSON{OldPin: r.OldPin, Pin: r.NewPin, Secrets: r.Names, Records: r.Records, Kept: []keyJSON{}, Dropped: []keyJSON{}}
		for _, slot := range r.Kept {
			j.Kept = append(j.Kept, toKeyJSON(slot))
		}
		for _, slot := range r.Dropped {
			j.Dropped = append(j.Dropped, toKeyJSON(slot))
		}
		return s.WriteJSON(j)
	}
	s.Say("rotated: %s sealed again, pin %s%s", frame.Count(r.Records, "version"), r.NewPin, s.InVault())
	if len(r.Dropped) > 0 {
		s.Say("let go of the key slots %s; tacit exposed lists what they could read", LabelsOf(r.Dropped))
	}
	return nil
}
