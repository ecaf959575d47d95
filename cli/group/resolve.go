package group

import (
	"context"
	"strings"

	urfave "github.com/urfave/cli/v2"

	"github.com/tacit-vault/tacit/cli/cmdline"
	"github.com/tacit-vault/tacit/cli/failure"
	"github.com/tacit-vault/tacit/cli/frame"
	"github.com/tacit-vault/tacit/vault"
	"github.com/tacit-vault/tacit/vault/group"
)

type resolveOptions struct {
	name string
	take int
	from string
	keep bool
}

// ResolveCommand is resolve.
func ResolveCommand(s *frame.Session) *cmdline.Command {
	var o resolveOptions
	return &cmdline.Command{
		Name: "resolve", Group: cmdline.GroupGroups, Args: "[NAME]", Max: 1,
		Short: "choose between values of one name that members set at the same time",
		Long: `Gives the secret NAME the value that you choose, and takes its conflicts off the
list. --take N takes conflict N of tacit conflicts. --from MEMBER takes the value of
that member; without NAME it does so for every secret that it has a conflict in.
--keep keeps the value that stands. The value from before stays in the history. The
next tacit sync brings the choice to the others, and takes the conflict off their
lists.`,
		Example: `tacit resolve DB_PASSWORD --take 1
tacit resolve DB_PASSWORD --keep
tacit resolve --from kim`,
		Codes: []int{failure.ExitNotFound, failure.ExitInvalid, failure.ExitNoKey, failure.ExitWrongKey, failure.ExitTampered, failure.ExitBusy, failure.ExitDisk},
		Flags: []urfave.Flag{
			&urfave.IntFlag{Name: "take", Usage: "take the value of conflict `N` of NAME", Destination: &o.take},
			&urfave.StringFlag{Name: "from", Usage: "take the value of `MEMBER`", Destination: &o.from, Action: cmdline.Given("--from")},
			&urfave.BoolFlag{Name: "keep", Usage: "keep the value that stands", Destination: &o.keep},
		},
		Run: func(ctx context.Context, args []string) error {
			if len(args) > 0 {
				o.name = args[0]
			}
			return runResolve(ctx, s, o)
		},
	}
}

func (o resolveOptions) check() error {
	given := 0
	for _, is := range []bool{o.take != 0, o.from != "", o.keep} {
		if is {
			given++
		}
	}
	switch {
	case given != 1:
		return failure.Usage("resolve: give one of --take N, --from MEMBER and --keep").Hinted("{tacit conflicts} lists the values, with their numbers")
	case o.take < 0:
		return failure.Usage("resolve: --take takes a number from 1").Hinted("{tacit conflicts} has the numbers")
	case o.name == "" && o.from == "":
		return failure.Usage("resolve needs NAME, unless you take the values of a member with --from").Hinted("tacit resolve --help")
	}
	return nil
}

func runResolve(ctx context.Context, s *frame.Session, o resolveOptions) error {
	if err := o.check(); err != nil {
		return err
	}
	var resolved []string
	err := writingAlone(ctx, s, func(h *hand) error {
		groups, err := group.List(ctx, h.Vault)
		if err != nil {
			return err
		}
		for _, g := range groups {
			names, err := g.Resolve(ctx, o.name, group.Choice{Number: o.take, Member: o.from})
			if err != nil && vault.CodeOf(err) != vault.NotFound {
				return told(err)
			}
			resolved = append(resolved, names...)
		}
		if len(resolved) == 0 {
			return o.notFound()
		}
		return nil
	})
	switch {
	case err != nil:
		return err
	case s.JSON:
		return s.WriteJSON(struct {
			Resolved []string `json:"resolved"`
		}{resolved})
	}
	s.Did("resolved %s%s", strings.Join(resolved, ", "), s.InVault())
	return nil
}

func (o resolveOptions) notFound() error {
	what := "no secret has a conflict with a value of " + failure.Printable(o.from)
	if o.name != "" {
		what = "there is no such conflict of " + failure.Printable(o.name)
	}
	return failure.Fault(vault.NotFound, "resolve: %s", what).Hinted("{tacit conflicts} lists them")
}
