package cli

import (
	"context"
	"slices"
	"strings"

	urfave "github.com/urfave/cli/v2"

	"github.com/tacit-vault/tacit/vault"
)

type rmOptions struct {
	names []string
	only  urfave.StringSlice
	narrowing
	purge bool
	yes   bool
}

func rmCommand(s *session) *command {
	var o rmOptions
	return &command{
		name: "rm", aliases: []string{"delete"}, group: groupSecrets, args: "[NAME…]", max: -1,
		short: "delete secrets",
		long: `Deletes secrets: all that you name, or none. Deleting can be undone, because the
older versions stay (tacit history, tacit rollback). With --purge they go too, and
their bytes are removed from the vault's files. That asks first, and also works
for a name that is already deleted.

Without NAME, --only and --label choose, and --exclude leaves names out. That
shows the names and asks first.`,
		example: `tacit rm OLD_KEY
tacit rm --purge OLD_KEY --yes
tacit rm --only 'STAGING_*' --exclude STAGING_CA`,
		codes: []int{exitNotFound, exitInvalid, exitNoKey, exitWrongKey, exitTampered, exitBusy, exitDisk},
		flags: append(o.narrowing.flags(),
			onlyFlag(&o.only),
			&urfave.BoolFlag{Name: "purge", Usage: "also delete the history and all bytes; cannot be undone", Destination: &o.purge},
			&urfave.BoolFlag{Name: "yes", Aliases: []string{"y", "f"}, Usage: "do not ask", Destination: &o.yes},
		),
		run: func(ctx context.Context, args []string) error {
			o.names = args
			return runRm(ctx, s, o)
		},
	}
}

// chooses tells whether flags say what goes.
func (o rmOptions) chooses() bool { return len(o.only.Value()) > 0 || o.narrowing.made() }

func (o rmOptions) check() error {
	switch {
	case len(o.names) > 0 && o.chooses():
		return usage("rm: NAME, or --only, --label and --exclude: give one of them")
	case len(o.names) == 0 && !o.chooses():
		return usage("rm needs NAME").hinted("tacit rm --help")
	case len(o.names) == 0 && len(o.only.Value()) == 0 && !o.given():
		return usage("rm: --exclude alone would delete all the others").hinted("where that is meant, --only '*' says it")
	}
	for _, name := range o.names {
		if err := vault.CheckName("rm", name); err != nil {
			return err
		}
	}
	return o.narrowing.check()
}

func runRm(ctx context.Context, s *session, o rmOptions) (err error) {
	if err := o.check(); err != nil {
		return err
	}
	asks := o.purge || o.chooses()
	if o.chooses() {
		if o.names, err = s.doomed(ctx, o); err != nil {
			return err
		}
	}
	o.names = slices.Compact(slices.Sorted(slices.Values(o.names)))
	s.first(o.there())
	if asks && !o.yes {
		if err := s.lookFirst(ctx); err != nil {
			return err
		}
		if err := s.confirm(ctx, "--yes", o.question(), strings.Join(o.names, ", ")); err != nil {
			return err
		}
	}
	infos, err := s.remove(ctx, o)
	if err != nil {
		return err
	}
	if s.json {
		return s.writeJSON(toInfosJSON(infos))
	}
	for _, i := range infos {
		if o.purge {
			s.did("purged %s%s", i.Name, s.inVault())
		} else {
			s.did("deleted %s%s; tacit rollback %s %d brings it back", i.Name, s.inVault(), i.Name, i.Version-1)
		}
	}
	return nil
}

// there checks that what is to go is there; what was deleted can still be purged.
func (o rmOptions) there() check {
	if o.purge {
		return wasThere("delete", o.names...)
	}
	return isThere("delete", o.names...)
}

func (o rmOptions) question() string {
	if o.purge {
		return "Delete %s and the whole history for good?"
	}
	return "Delete %s?"
}

// doomed are the names that the flags choose; with --purge, deleted ones are among
// them.
func (s *session) doomed(ctx context.Context, o rmOptions) ([]string, error) {
	v, err := s.open(ctx, names)
	if err != nil {
		return nil, err
	}
	defer v.Close()
	list := vault.ListOptions{Deleted: o.purge}
	matched, err := matchNames(ctx, v, o.only.Value(), list)
	if err != nil {
		return nil, err
	}
	return o.narrow(ctx, v, matched, list)
}

// remove deletes what is named, and tells what became of it.
func (s *session) remove(ctx context.Context, o rmOptions) (infos []vault.Info, err error) {
	err = s.writing(ctx, func(v opened) (err error) {
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
		return during("delete", err)
	})
	return infos, err
}

// purge deletes one name after the other, once it is known that all of them
// are there.
func purge(ctx context.Context, v opened, names []string) (infos []vault.Info, err error) {
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
