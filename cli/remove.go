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
	purge bool
	yes   bool
}

func rmCommand() *command {
	var o rmOptions
	return &command{
		name: "rm", aliases: []string{"delete"}, group: groupSecrets, args: "NAME…", min: 1, max: -1,
		short: "delete secrets",
		long: `Deletes secrets, all of those named or none. That can be undone: the older
versions stay (tacit history, tacit rollback). With --purge they go too, and
their bytes are removed from the vault's files; that asks first, and works for
a name that is deleted already.`,
		example: `tacit rm OLD_KEY
tacit rm --purge OLD_KEY --yes`,
		codes: []int{exitNotFound, exitInvalid, exitNoKey, exitWrongKey, exitTampered, exitBusy, exitDisk},
		flags: []urfave.Flag{
			&urfave.BoolFlag{Name: "purge", Usage: "delete the history and all bytes too; cannot be undone", Destination: &o.purge},
			&urfave.BoolFlag{Name: "yes", Aliases: []string{"y", "f"}, Usage: "do not ask", Destination: &o.yes},
		},
		run: func(ctx context.Context, s *session, args []string) error {
			o.names = args
			return runRm(ctx, s, o)
		},
	}
}

func runRm(ctx context.Context, s *session, o rmOptions) error {
	o.names = slices.Compact(slices.Sorted(slices.Values(o.names)))
	for _, name := range o.names {
		if err := vault.CheckName("rm", name); err != nil {
			return err
		}
	}
	if o.purge && !o.yes {
		err := s.confirm(ctx, "--yes", "Delete %s and the whole history for good?", strings.Join(o.names, ", "))
		if err != nil {
			return err
		}
	}
	var infos []vault.Info
	err := s.writing(ctx, func(v opened) (err error) {
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
