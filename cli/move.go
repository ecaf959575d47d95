package cli

import (
	"context"

	urfave "github.com/urfave/cli/v2"

	"github.com/tacit-vault/tacit/vault"
)

type moveOptions struct {
	from, to string
	force    bool
	copy     bool
}

func mvCommand(s *session) *command {
	var o moveOptions
	return moveCommand(s, &o, &command{
		name: "mv", aliases: []string{"rename"},
		short: "rename a secret",
		long: `Gives a secret another name, in one commit. The old name is deleted, and keeps its
history: tacit rollback brings it back.`,
		example: `tacit mv API_KEY STRIPE_API_KEY`,
	})
}

func cpCommand(s *session) *command {
	o := moveOptions{copy: true}
	return moveCommand(s, &o, &command{
		name:    "cp",
		short:   "store a secret under a second name",
		long:    `Stores the value of a secret under a second name, in one commit.`,
		example: `tacit cp DB_URL DB_URL_STAGING`,
	})
}

func moveCommand(s *session, o *moveOptions, c *command) *command {
	c.group, c.args, c.min, c.max = groupSecrets, "FROM TO", 2, 2
	c.codes = []int{exitNotFound, exitInvalid, exitExists, exitNoKey, exitWrongKey, exitTampered, exitBusy, exitDisk}
	c.flags = []urfave.Flag{
		&urfave.BoolFlag{Name: "force", Aliases: []string{"f"}, Usage: "overwrite TO, as a new version of it", Destination: &o.force},
	}
	c.run = func(ctx context.Context, args []string) error {
		o.from, o.to = args[0], args[1]
		return runMove(ctx, s, *o)
	}
	return c
}

func runMove(ctx context.Context, s *session, o moveOptions) error {
	verb, op := "mv", "rename"
	if o.copy {
		verb, op = "cp", "copy"
	}
	if o.from == o.to {
		return usage("%s: FROM and TO are both %s", verb, printable(o.from)).hinted("another name for TO")
	}
	if s.first(isThere(op, o.from)); !o.force {
		s.first(isFree(op, o.to, "overwrite it with --force"))
	}
	var info vault.Info
	err := s.writing(ctx, func(v opened) (err error) {
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
		return s.stored(info, "copied "+o.from+" to")
	}
	return s.stored(info, "renamed "+o.from+" to")
}
