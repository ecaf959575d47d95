package cli

import (
	"context"
	"slices"
	"strings"

	urfave "github.com/urfave/cli/v2"

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

func rotateCommand(s *session) *command {
	var o rotateOptions
	return &command{
		name: "rotate", group: groupKeys,
		short: "give the vault new keys, and seal everything to them",
		long: `Makes a new identity for the vault, seals every version of every secret to it, and
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
		example: `tacit rotate
tacit rotate --drop old-laptop --yes`,
		codes: []int{exitNotFound, exitInvalid, exitNoKey, exitWrongKey, exitTampered, exitBusy, exitDisk},
		flags: []urfave.Flag{
			&urfave.StringSliceFlag{Name: "drop", Usage: "let the key slot `LABEL` go; may be repeated", Destination: &o.drop},
			&urfave.StringSliceFlag{Name: "plugin", Usage: "run the age plugin `NAME|FILE` to make its slots again; may be repeated", Destination: &o.plugins},
			&urfave.BoolFlag{Name: "drop-history", Usage: "keep no older versions", Destination: &o.dropHistory},
			&urfave.BoolFlag{Name: "yes", Aliases: []string{"y"}, Usage: "do not ask", Destination: &o.yes},
			lockOutFlag(&o.lockOut),
		},
		run: func(ctx context.Context, _ []string) error {
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

func runRotate(ctx context.Context, s *session, o *rotateOptions) error {
	goes := func(slots []vault.SlotInfo) error { return removable("rotate", o.drop.Value(), slots) }
	s.first(slotCheck(goes))
	slots, _, err := s.slotsOf(ctx)
	if err == nil {
		err = goes(slots)
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
	bar := s.progress("rotating")
	var report vault.RotateReport
	err = s.writing(ctx, func(v opened) error {
		report, err = v.Rotate(ctx, agent.RotateRequest{
			DropHistory: o.dropHistory, Drop: o.drop.Value(), Locks: locks, Progress: bar.update,
		})
		return err
	})
	bar.done()
	if err != nil {
		return err
	}
	return s.tellRotated(report)
}

func (o *rotateOptions) confirm(ctx context.Context, s *session) error {
	lost := o.drop.Value()
	if o.dropHistory {
		lost = append(slices.Clone(lost), "all older versions")
	}
	switch {
	case o.yes:
		return nil
	case len(lost) == 0 && !s.askable(): // as a job rotates; nothing is lost by it
		return nil
	case len(lost) == 0:
		return s.confirm(ctx, "--yes", "Rotate, and seal everything anew? Other machines follow; the pin changes.")
	}
	return s.confirm(ctx, "--yes", "Rotate, and let go of %s?", printable(strings.Join(lost, ", ")))
}

// checkLockOut asks before the key that the user stands on goes. What was typed
// for slots that stay is at hand.
func (o *rotateOptions) checkLockOut(ctx context.Context, s *session, slots []vault.SlotInfo, locks map[string]keyring.LockSpec) error {
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
			return keyError(err)
		}
		defer p.Wipe()
		typed = append(typed, p)
	}
	_, err := s.checkLockOut(ctx, "Rotate, and let go of "+strings.Join(o.drop.Value(), ", "), slots, o.drop.Value(), typed...)
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
func (o *rotateOptions) locks(ctx context.Context, s *session, slots []vault.SlotInfo) (map[string]keyring.LockSpec, error) {
	phrase, err := s.givenPassphrase(ctx)
	if err != nil {
		return nil, err
	}
	if phrase == nil && s.typed != nil {
		phrase = slices.Clone(s.typed)
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
func (o *rotateOptions) lock(ctx context.Context, s *session, slot vault.SlotInfo, given givenPhrase) (spec keyring.LockSpec, ok bool, err error) {
	spec.Kind = slot.Kind
	switch slot.Kind {
	case keyring.KindPassphrase, keyring.KindRecovery:
		spec.Phrase, err = o.phrase(ctx, s, slot, given)
	case keyring.KindTPM:
		return s.tpmLock(ctx, slot)
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
func (o *rotateOptions) phrase(ctx context.Context, s *session, slot vault.SlotInfo, given givenPhrase) ([]byte, error) {
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
	tty, ok := s.terminal()
	if !ok && slot.Kind == keyring.KindRecovery {
		return nil, nil // nobody keeps words for paper in a file
	}
	if ok {
		defer tty.Close()
		typed, err := askHidden(ctx, tty, question+": ")
		if err != nil || len(typed) > 0 {
			return typed, err
		}
	}
	return slices.Clone(given.phrase), nil
}

// tpmLock makes a TPM slot anew, bound to what it was bound to.
func (s *session) tpmLock(ctx context.Context, slot vault.SlotInfo) (spec keyring.LockSpec, ok bool, err error) {
	pcrs, pin, ok := keyring.TPMBinding(slot.Recipient)
	if !ok {
		return spec, false, nil
	}
	spec = keyring.LockSpec{Kind: slot.Kind, PCRs: pcrs}
	if pin {
		spec.PIN, err = s.askFor(ctx, "PIN of the key slot "+slot.Label+": ")
		ok = len(spec.PIN) > 0
	}
	return spec, ok, err
}

// askFor asks for a secret; nil where nobody can be asked, or nothing is typed.
func (s *session) askFor(ctx context.Context, question string) ([]byte, error) {
	tty, ok := s.terminal()
	if !ok {
		return nil, nil
	}
	defer tty.Close()
	typed, err := askHidden(ctx, tty, question)
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

func (s *session) tellRotated(r vault.RotateReport) error {
	if s.json {
		j := rotateJSON{OldPin: r.OldPin, Pin: r.NewPin, Secrets: r.Names, Records: r.Records, Kept: []keyJSON{}, Dropped: []keyJSON{}}
		for _, slot := range r.Kept {
			j.Kept = append(j.Kept, toKeyJSON(slot))
		}
		for _, slot := range r.Dropped {
			j.Dropped = append(j.Dropped, toKeyJSON(slot))
		}
		return s.writeJSON(j)
	}
	s.say("rotated: %s sealed anew, pin %s%s", count(r.Records, "version"), r.NewPin, s.inVault())
	if len(r.Dropped) > 0 {
		s.say("let go of the key slots %s; tacit exposed lists what they could read", labelsOf(r.Dropped))
	}
	return nil
}
