package upkeep

import (
	"context"
	"path/filepath"

	urfave "github.com/urfave/cli/v2"

	"github.com/tacit-vault/tacit/cli/cmdline"
	"github.com/tacit-vault/tacit/cli/failure"
	"github.com/tacit-vault/tacit/cli/frame"
	"github.com/tacit-vault/tacit/vault"
)

type destroyOptions struct {
	yes bool
}

func DestroyCommand(s *frame.Session) *cmdline.Command {
	var o destroyOptions
	return &cmdline.Command{
		Name: "destroy", Group: cmdline.GroupVault,
		Short: "delete the vault with everything in it",
		Long: `Deletes the vault's folder, and what this machine remembers of it. It first asks
for the folder's name. Copies, backups and identity files stay. A disk may keep
the deleted bytes: they are encrypted.`,
		Example: `tacit destroy --vault ./old
tacit destroy --vault ./old --yes`,
		Codes: []int{failure.ExitNoKey, failure.ExitTampered, failure.ExitBusy, failure.ExitDisk},
		Flags: []urfave.Flag{
			&urfave.BoolFlag{Name: "yes", Aliases: []string{"y"}, Usage: "do not ask", Destination: &o.yes},
		},
		Run: func(ctx context.Context, _ []string) error {
			return runDestroy(ctx, s, o)
		},
	}
}

func runDestroy(ctx context.Context, s *frame.Session, o destroyOptions) error {
	dir, discovered, err := s.Locate()
	if err != nil {
		return err
	}
	if dir, err = filepath.Abs(dir); err != nil {
		return err
	}
	if !o.yes {
		if err := vault.Destroyable(dir, s.Options(discovered)); err != nil {
			return err
		}
		name := filepath.Base(dir)
		err := s.ConfirmTyped(ctx, "--yes", name, "This deletes %s and every secret in it, for good.\nType its name, %s, to go on: ", failure.Printable(dir), failure.Printable(name))
		if err != nil {
			return err
		}
	}
	// Its agent has the vault open, and has no use for what is gone.
	if c, _, err := frame.DialAgent(ctx, s, dir); err != nil {
		return err
	} else if c != nil {
		err := c.Lock(ctx)
		c.Close()
		if err != nil {
			return err
		}
	}
	if err := vault.Destroy(ctx, dir, s.Options(discovered)); err != nil {
		return err
	}
	if s.JSON {
		return s.WriteJSON(map[string]string{"destroyed": dir})
	}
	s.Say("deleted %s", dir)
	return nil
}
