package group

import (
	"context"

	"github.com/tacit-vault/tacit/cli/cmdline"
	"github.com/tacit-vault/tacit/cli/failure"
	"github.com/tacit-vault/tacit/cli/frame"
)

// Command is group.
func Command(s *frame.Session) *cmdline.Command {
	var o options
	subs := subcommands()
	return &cmdline.Command{
		Name: "group", Group: cmdline.GroupGroups, Args: "PART [NAME] [ARGUMENT…]", Min: 1, Max: -1,
		Short:   "make groups of vaults that keep secrets in step, and look after them",
		Long:    cmdline.LongOf(subs),
		Example: cmdline.ExamplesOf(subs),
		Codes: []int{
			failure.ExitNotFound, failure.ExitInvalid, failure.ExitExists, failure.ExitNoKey, failure.ExitWrongKey,
			failure.ExitTampered, failure.ExitBusy, failure.ExitDisk, failure.ExitUnreachable,
		},
		Flags: o.flags(),
		Subs:  subs,
		Run: func(ctx context.Context, args []string) error {
			return o.run(ctx, s, args[0], args[1:])
		},
	}
}

// run does what the first argument says.
func (o *options) run(ctx context.Context, s *frame.Session, sub string, args []string) error {
	commands := map[string]func(context.Context, *frame.Session, *options) error{
		"create": runCreate, "list": func(ctx context.Context, s *frame.Session, _ *options) error { return runList(ctx, s, nil) },
		"show": runShow, "members": runMembers, "invite": runInvite, "invites": runInvites, "admit": runAdmit, "remove": runRemove,
		"leave": runLeave, "takeover": runTakeover, "recover": runRecover, "add": runAdd, "set": runSet, "renew": runRenew, "rejoin": runRejoin,
		"pack": runPack, "unpack": runUnpack,
	}
	run, ok := commands[sub]
	var names []string
	for _, c := range subcommands() {
		if names = append(names, c.Name); c.Name != sub {
			continue
		}
		if err := c.CheckArgs("group", args); err != nil {
			return err
		}
	}
	if !ok {
		return cmdline.UnknownSub("group", sub, names)
	}
	if len(args) > 0 {
		o.name, o.args = args[0], args[1:]
	}
	return run(ctx, s, o)
}
