package cli

import (
	"context"
	"path/filepath"

	urfave "github.com/urfave/cli/v2"

	"github.com/tacit-vault/tacit/vault"
)

type destroyOptions struct {
	yes bool
}

func destroyCommand(s *session) *command {
	var o destroyOptions
	return &command{
		name: "destroy", group: groupVault,
		short: "delete the vault with everything in it",
		long: `Deletes the vault's folder, and what this machine remembers of it. It first asks
for the folder's name. Copies, backups and identity files stay. A disk may keep
the deleted bytes: they are encrypted.`,
		example: `tacit destroy --vault ./old
tacit destroy --vault ./old --yes`,
		codes: []int{exitNoKey, exitTampered, exitBusy, exitDisk},
		flags: []urfave.Flag{
			&urfave.BoolFlag{Name: "yes", Aliases: []string{"y"}, Usage: "do not ask", Destination: &o.yes},
		},
		run: func(ctx context.Context, _ []string) error {
			return runDestroy(ctx, s, o)
		},
	}
}

func runDestroy(ctx context.Context, s *session, o destroyOptions) error {
	dir, discovered, err := s.locate()
	if err != nil {
		return err
	}
	if dir, err = filepath.Abs(dir); err != nil {
		return err
	}
	if !o.yes {
		if err := vault.Destroyable(dir, s.options(discovered)); err != nil {
			return err
		}
		name := filepath.Base(dir)
		err := s.confirmTyped(ctx, "--yes", name, "This deletes %s and every secret in it, for good.\nType its name, %s, to go on: ", printable(dir), printable(name))
		if err != nil {
			return err
		}
	}
	// Its agent has the vault open, and has no use for what is gone.
	if c, _, err := s.dialAgent(ctx, dir); err != nil {
		return err
	} else if c != nil {
		err := c.Lock(ctx)
		c.Close()
		if err != nil {
			return err
		}
	}
	if err := vault.Destroy(ctx, dir, s.options(discovered)); err != nil {
		return err
	}
	if s.json {
		return s.writeJSON(map[string]string{"destroyed": dir})
	}
	s.say("deleted %s", dir)
	return nil
}
