package secrets

import (
	"context"

	urfave "github.com/urfave/cli/v2"

	"github.com/tacit-vault/tacit/cli/choice"
	"github.com/tacit-vault/tacit/cli/cmdline"
	"github.com/tacit-vault/tacit/cli/failure"
	"github.com/tacit-vault/tacit/cli/frame"
	"github.com/tacit-vault/tacit/vault"
)

type moveOptions struct {
	from, to string
	force    bool
	copy     bool
	only     urfave.StringSlice
}

func MoveCommand(s *frame.Session) *cmdline.Command {
	var o moveOptions
	return moveCommand(s, &o, &cmdline.Command{
		Name: "mv", Aliases: []string{"rename"},
		Short: "rename a secret",
		Long: `Gives a secret another name, in one commit. The old name is deleted, and keeps its
history: tacit rollback brings it back.`,
		Example: `tacit mv API_KEY STRIPE_API_KEY`,
	})
}

func CopyCommand(s *frame.Session) *cmdline.Command {
	o := moveOptions{copy: true}
	c := moveCommand(s, &o, &cmdline.Command{
		Name:  "cp",
		Short: "store a secret under a second name, or in another environment",
		Long: `Stores the value of a secret under a second name, in one commit.

With two environments, as in cp @dev @prod --only 'DB_*', it stores secrets of the
first in the second, under their names, with their expiry and labels: those that
--only matches, and each NAME that is given. All are stored, or none. A secret that
is there with another value is an error (5), unless --force stores a new version.`,
		Example: `tacit cp DB_URL DB_URL_STAGING
tacit cp @dev @prod --only 'DB_*'
tacit cp @dev @prod API_KEY`,
	})
	c.Envs, c.Across = 2, true
	c.Flags = append(c.Flags, choice.OnlyFlag(&o.only))
	within := c.Run
	c.Run = func(ctx context.Context, args []string) error {
		switch {
		case len(s.Envs.Value()) == 2:
			return copyAcross(ctx, s, o, args)
		case len(o.only.Value()) > 0:
			return failure.Usage("cp: --only is for two environments").Hinted("tacit cp @FROM @TO --only GLOB")
		}
		return within(ctx, args)
	}
	return c
}

func moveCommand(s *frame.Session, o *moveOptions, c *cmdline.Command) *cmdline.Command {
	c.Group, c.Args, c.Min, c.Max = cmdline.GroupSecrets, "FROM TO", 2, 2
	c.Codes = []int{failure.ExitNotFound, failure.ExitInvalid, failure.ExitExists, failure.ExitNoKey, failure.ExitWrongKey, failure.ExitTampered, failure.ExitBusy, failure.ExitDisk}
	c.Flags = []urfave.Flag{
		&urfave.BoolFlag{Name: "force", Aliases: []string{"f"}, Usage: "overwrite TO, as a new version of it", Destination: &o.force},
	}
	c.Run = func(ctx context.Context, args []string) error {
		o.from, o.to = args[0], args[1]
		return runMove(ctx, s, *o)
	}
	return c
}

func runMove(ctx context.Context, s *frame.Session, o moveOptions) error {
	verb, op := "mv", "rename"
	if o.copy {
		verb, op = "cp", "copy"
	}
	if o.from == o.to {
		return failure.Usage("%s: FROM and TO are both %s", verb, failure.Printable(o.from)).Hinted("another name for TO")
	}
	if s.First(frame.IsThere(op, o.from)); !o.force {
		s.First(frame.IsFree(op, o.to, "overwrite it with --force"))
	}
	var info vault.Info
	err := s.Writing(ctx, func(v frame.OpenVault) (err error) {
		if o.copy {
			info, err = v.Copy(ctx, o.from, o.to, o.force)
		} else {
			info, err = v.Rename(ctx, o.from, o.to, o.force)
		}
		return err
	})
	if err != nil {
		return err
	}
	if o.copy {
		return tellStored(s, info, "copied "+o.from+" to")
	}
	return tellStored(s, info, "renamed "+o.from+" to")
}
