package group

import (
	"cmp"
	"context"
	"errors"
	"strings"
	"time"

	urfave "github.com/urfave/cli/v2"

	"github.com/tacit-vault/tacit/cli/cmdline"
	"github.com/tacit-vault/tacit/cli/failure"
	"github.com/tacit-vault/tacit/cli/frame"
	"github.com/tacit-vault/tacit/cli/terminal"
	"github.com/tacit-vault/tacit/vault"
	"github.com/tacit-vault/tacit/vault/group"
)

type syncOptions struct {
	names         []string
	at            urfave.StringSlice
	watch, status bool
	yes           bool
}

// SyncCommand is sync.
func SyncCommand(s *frame.Session) *cmdline.Command {
	var o syncOptions
	return &cmdline.Command{
		Name: "sync", Group: cmdline.GroupGroups, Args: "[NAME…]", Max: -1,
		Short: "exchange changes with the other members of a group",
		Long: `Sends what this vault has changed, and takes what other members have. Without NAME
it does so for each group of the vault. It goes through the group's addresses, or
through --at ADDRESS. No other command asks an address: every read is answered by
the vault.

If two members set one secret without having seen each other's value, one value
wins, the same in every vault. The other one is kept: tacit conflicts lists it, and
sync says so. That is no failure.

It opens the vault itself. An agent that has it unlocked gives it away meanwhile, and
on Linux lends its key, so that nothing is asked. Without one, a passphrase is asked
for each time, by --watch once. While an address does not answer, other commands have
the vault.

--watch goes on: it syncs when something changes at an address, and each minute; if an
address cannot be reached, after a second, then two, and so on up to a minute. It
wipes a lent key when the agent locks, and ends if nothing else opens the vault.
--status asks no address, and shows what is known. A change that was made longer
than 30 days after the last sync is shown and asked about before it is sent, unless
you give --yes.`,
		Example: `tacit sync
tacit sync web --at /media/stick
tacit sync --watch
tacit sync --status`,
		Codes: syncCodes,
		Flags: []urfave.Flag{
			atFlag(&o.at),
			&urfave.BoolFlag{Name: "watch", Usage: "go on until interrupted", Destination: &o.watch},
			&urfave.BoolFlag{Name: "status", Usage: "show what is known, and ask no address", Destination: &o.status},
			&urfave.BoolFlag{Name: "yes", Aliases: []string{"y"}, Usage: "send changes even if the last sync was long ago", Destination: &o.yes},
		},
		Run: func(ctx context.Context, args []string) error {
			o.names = args
			return runSync(ctx, s, &o)
		},
	}
}

var syncCodes = []int{failure.ExitNoKey, failure.ExitWrongKey, failure.ExitTampered, failure.ExitBusy, failure.ExitDisk, failure.ExitUnreachable}

func runSync(ctx context.Context, s *frame.Session, o *syncOptions) error {
	switch {
	case o.status && (o.watch || len(o.at.Value()) > 0):
		return failure.Usage("sync: --status asks no address: it goes with neither --watch nor --at")
	case o.status:
		return runList(ctx, s, o.names)
	case o.watch:
		return runWatch(ctx, s, o)
	}
	return o.once(ctx, s)
}

// once syncs each group once.
func (o *syncOptions) once(ctx context.Context, s *frame.Session) error {
	at, err := absolutes(s, o.at.Value())
	if err != nil {
		return err
	}
	var done []syncJSON
	err = writingAlone(ctx, s, func(h *hand) error {
		groups, err := named(ctx, h.Vault, o.names)
		if err != nil {
			return err
		}
		var worst error
		for _, g := range groups {
			label, role, report, err := syncOne(ctx, h, g, at, o.options(ctx, s))
			if label != "" {
				done = append(done, toSyncJSON(label, role, report))
			}
			if worst = worse(worst, err); ctx.Err() != nil {
				return ctx.Err()
			}
		}
		return worst
	})
	if s.JSON && len(done) > 0 {
		err = errors.Join(err, s.WriteJSON(done))
	}
	return err
}

// worse is what is reported of two failures: one that trying again does not mend.
func worse(a, b error) error {
	if a == nil || vault.CodeOf(a) == vault.Unreachable && b != nil {
		return b
	}
	return a
}

// named are the groups of the names, or all of the vault.
func named(ctx context.Context, v *vault.Vault, names []string) (groups []*group.Group, err error) {
	if len(names) == 0 {
		if groups, err = group.List(ctx, v); err == nil && len(groups) == 0 {
			return nil, noGroups()
		}
		return groups, told(err)
	}
	for _, name := range names {
		g, err := group.Open(ctx, v, name)
		if err != nil {
			return nil, told(err)
		}
		groups = append(groups, g)
	}
	return groups, nil
}

func noGroups() error {
	return failure.Fault(vault.NotMember, "this vault is in no group").
		Hinted("{tacit group create NAME --all --at DIR} makes one; {tacit join} enters one by an invitation")
}

// syncOne syncs one group through its addresses, or those that were given, and tells of
// it. label is "" where nothing can be said of the group.
func syncOne(ctx context.Context, h *hand, g *group.Group, at []string, o group.SyncOptions) (label, role string, r group.Report, err error) {
	s := h.s
	st, err := g.Known(ctx)
	if err != nil {
		return "", "", r, told(err)
	}
	if len(at) == 0 {
		at = st.Places
	}
	if len(at) == 0 {
		s.Say("%s has no address: tacit group set %s --at ADDRESS gives it one", st.Label, st.Label)
	}
	p, err := h.places(ctx, at)
	if err != nil {
		return "", "", r, err
	}
	if err := p.check(); err != nil {
		return st.Label, string(st.Role), r, err
	}
	r, err = g.Sync(ctx, o, p.list...)
	h.drop(r)
	if after, showErr := g.Known(ctx); showErr == nil {
		st = after
	}
	if !s.JSON {
		tellSync(s, nameOf(st), r)
		if st.Renewing {
			h.tellRenewing(st)
		} else if !st.Waiting {
			h.tellRequests(st.ID, nameOf(st), r)
		} else if err == nil {
			err = h.tellWaiting(ctx, g, st, p)
		}
	}
	if err == nil && r.Removed {
		err = failure.Fault(vault.NotMember, "sync %s: this vault was removed from the group", nameOf(st)).
			Hinted("its values stay here; {tacit group leave %s} forgets the group", nameOf(st))
	}
	return nameOf(st), string(st.Role), r, told(err)
}

// tellWaiting says since when this vault waits, and what may be wrong: once, where a
// command goes on.
func (h *hand) tellWaiting(ctx context.Context, g *group.Group, st group.Status, p places) error {
	if !h.isNews(st.ID, "waiting") {
		return nil
	}
	a, err := g.Application(ctx, p.list...)
	asked := ""
	if !a.Since.IsZero() {
		asked = "it asked " + ago(h.s, a.Since) + ", and "
	}
	h.s.Say("%s: this vault is not admitted yet; the owner’s tacit sync admits it, if the code is still good; %sthe code may have expired or been used: then ask the owner for a new one, and join with that", nameOf(st), asked)
	if a.Used {
		h.s.Warn("%s: %s", nameOf(st), usedText)
	}
	return err
}

// tellRenewing says that this vault waits for new keys: once, where a command goes on.
func (h *hand) tellRenewing(st group.Status) {
	if h.isNews(st.ID, "renewing") {
		h.s.Say("%s: this vault has asked for new keys; the owner’s next tacit sync gives them, and then tacit sync here takes them", nameOf(st))
	}
}

// nameOf is the group's label, or its id while none is known.
func nameOf(st group.Status) string { return cmp.Or(st.Label, st.ID.String()) }

// options are those of the library.
func (o *syncOptions) options(ctx context.Context, s *frame.Session) group.SyncOptions {
	return group.SyncOptions{Stale: func(names []string, since time.Time) bool {
		return o.yes || askStale(ctx, s, names, since)
	}}
}

// askStale asks whether changes go out that were made long after the last sync.
func askStale(ctx context.Context, s *frame.Session, names []string, since time.Time) bool {
	s.Say("this vault was last synced on %s, and has changed since: %s", frame.Day(since), failure.Printable(strings.Join(names, ", ")))
	tty, ok := s.Terminal()
	if !ok {
		s.Warn("these changes are not sent: they would take the place of what others have by now; tacit sync --yes sends them")
		return false
	}
	defer tty.Close()
	s.Settle()
	answer, err := terminal.AskLine(ctx, tty, "Send them, in the place of what others have by now? [y/N] ")
	return err == nil && (answer == "y" || answer == "yes")
}
