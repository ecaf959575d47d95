package secrets

import (
	"context"
	"slices"
	"strings"

	urfave "github.com/urfave/cli/v2"

	"github.com/tacit-vault/tacit/cli/choice"
	"github.com/tacit-vault/tacit/cli/cmdline"
	"github.com/tacit-vault/tacit/cli/failure"
	"github.com/tacit-vault/tacit/cli/frame"
	"github.com/tacit-vault/tacit/vault"
)

type rmOptions struct {
	names []string
	only  urfave.StringSlice
	choice.Narrowing
	purge bool
	yes   bool
}

func RemoveCommand(s *frame.Session) *cmdline.Command {
	var o rmOptions
	return &cmdline.Command{
		Name: "rm", Aliases: []string{"delete"}, Group: cmdline.GroupSecrets, Args: "[NAME…]", Max: -1,
		Short: "delete secrets",
		Long: `Deletes secrets: all that you name, or none. Deleting can be undone, because the
older versions stay (tacit history, tacit rollback). With --purge they go too, and
their bytes are removed from the vault's files. That asks first, and also works
for a name that is already deleted.

Without NAME, --only and --label choose, and --exclude leaves names out. That
shows the names and asks first.`,
		Example: `tacit rm OLD_KEY
tacit rm --purge OLD_KEY --yes
tacit rm --only 'STAGING_*' --exclude STAGING_CA`,
		Codes: []int{failure.ExitNotFound, failure.ExitInvalid, failure.ExitNoKey, failure.ExitWrongKey, failure.ExitTampered, failure.ExitBusy, failure.ExitDisk},
		Flags: append(o.Narrowing.Flags(),
			choice.OnlyFlag(&o.only),
			&urfave.BoolFlag{Name: "purge", Usage: "also delete the history and all bytes; cannot be undone", Destination: &o.purge},
			&urfave.BoolFlag{Name: "yes", Aliases: []string{"y", "f"}, Usage: "do not ask", Destination: &o.yes},
		),
		Run: func(ctx context.Context, args []string) error {
			o.names = args
			return runRm(ctx, s, o)
		},
	}
}

// chooses tells whether flags say what goes.
func (o rmOptions) chooses() bool { return len(o.only.Value()) > 0 || o.Narrowing.Made() }

func (o rmOptions) check() error {
	switch {
	case len(o.names) > 0 && o.chooses():
		return failure.Usage("rm: NAME, or --only, --label and --exclude: give one of them")
	case len(o.names) == 0 && !o.chooses():
		return failure.Usage("rm needs NAME").Hinted("tacit rm --help")
	case len(o.names) == 0 && len(o.only.Value()) == 0 && !o.Given():
		return failure.Usage("rm: --exclude alone would delete all the others").Hinted("to delete all, --only '*'")
	}
	for _, name := range o.names {
		if err := vault.CheckName("rm", name); err != nil {
			return err
		}
	}
	return o.Narrowing.Check()
}

func runRm(ctx context.Context, s *frame.Session, o rmOptions) (err error) {
	if err := o.check(); err != nil {
		return err
	}
	asks := o.purge || o.chooses()
	if o.chooses() {
		if o.names, err = doomed(ctx, s, o); err != nil {
			return err
		}
	}
	o.names = slices.Compact(slices.Sorted(slices.Values(o.names)))
	s.First(o.there())
	if asks && !o.yes {
		if err := s.LookFirst(ctx); err != nil {
			return err
		}
		if err := s.Confirm(ctx, "--yes", o.question(), strings.Join(o.names, ", ")); err != nil {
			return err
		}
	}
	infos, err := removeSecrets(ctx, s, o)
	if err != nil {
		return err
	}
	if s.JSON {
		return s.WriteJSON(frame.ToInfosJSON(infos))
	}
	for _, i := range infos {
		if o.purge {
			s.Did("purged %s%s", i.Name, s.InVault())
		} else {
			s.Did("deleted %s%s; tacit rollback %s %d brings it back", i.Name, s.InVault(), i.Name, i.Version-1)
		}
	}
	return nil
}

// there checks that what is to go is there; what was deleted can still be purged.
func (o rmOptions) there() frame.Check {
	if o.purge {
		return frame.WasThere("delete", o.names...)
	}
	return frame.IsThere("delete", o.names...)
}

func (o rmOptions) question() string {
	if o.purge {
		return "Delete %s and the whole history for good?"
	}
	return "Delete %s?"
}

// doomed are the names that the flags choose; with --purge, deleted ones are among
// them.
func doomed(ctx context.Context, s *frame.Session, o rmOptions) ([]string, error) {
	v, err := s.Open(ctx, frame.ToList)
	if err != nil {
		return nil, err
	}
	defer v.Close()
	list := vault.ListOptions{Deleted: o.purge}
	matched, err := choice.MatchNames(ctx, v, o.only.Value(), list)
	if err != nil {
		return nil, err
	}
	return o.Narrow(ctx, v, matched, list)
}

// removeSecrets deletes what is named, and tells what became of it.
func removeSecrets(ctx context.Context, s *frame.Session, o rmOptions) (infos []vault.Info, err error) {
	err = s.Writing(ctx, func(v frame.OpenVault) (err error) {
		if o.purge {
			infos, err = purge(ctx, v, o.names)
			return err
		}
		if len(o.names) == 1 {
			info, err := v.Delete(ctx, o.names[0], vault.DeleteOptions{If: vault.Present})
			infos = append(infos, info)
			return err
		}
		changes := make([]vault.Change, len(o.names))
		for i, name := range o.names {
			changes[i] = vault.Change{Name: name, Delete: true, If: vault.Present}
		}
		infos, err = v.Apply(ctx, changes, nil)
		return failure.During("delete", err)
	})
	return infos, err
}

// purge deletes one name after the other, once it is known that all of them
// are there.
func purge(ctx context.Context, v frame.OpenVault, names []string) (infos []vault.Info, err error) {
	for _, name := range names {
		// One whose records are damaged is there: this is how to be rid of it.
		if _, err := v.History(ctx, name); err != nil && !vault.CodeOf(err).Tampering() {
			return nil, err
		}
	}
	for _, name := range names {
		info, err := v.Delete(ctx, name, vault.DeleteOptions{Purge: true})
		if err != nil {
			return infos, err
		}
		infos = append(infos, info)
	}
	return infos, nil
}
