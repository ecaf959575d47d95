package secrets

import (
	"context"
	"path"
	"slices"
	"strings"

	urfave "github.com/urfave/cli/v2"

	"github.com/tacit-vault/tacit/cli/choice"
	"github.com/tacit-vault/tacit/cli/cmdline"
	"github.com/tacit-vault/tacit/cli/failure"
	"github.com/tacit-vault/tacit/cli/frame"
	"github.com/tacit-vault/tacit/cli/system"
	"github.com/tacit-vault/tacit/cli/terminal"
	"github.com/tacit-vault/tacit/vault"
)

type lsOptions struct {
	choice.Narrowing
	prefix  string
	glob    string // in place of prefix
	long    bool
	deleted bool
	listLayout
}

func ListCommand(s *frame.Session) *cmdline.Command {
	var o lsOptions
	return &cmdline.Command{
		Name: "ls", Aliases: []string{"list"}, Group: cmdline.GroupSecrets, Args: "[PREFIX|GLOB]", Max: 1,
		TooMany: func() error {
			return failure.Usage("ls takes one PREFIX or GLOB").Hinted("{tacit ls 'DB_*'}; quote it, so that the shell leaves it alone")
		},
		Short: "list the names of secrets; needs no key",
		Long: `Lists names in order: all of them, those that begin with PREFIX, or those that
match GLOB (* ? [a-z]). No key is needed: the vault's signature proves that the
list is right and complete.

On a terminal it is a table with version, time of change, and the expiry and labels
that there are. --long adds size and kind. If the terminal is too narrow, columns are
left out; names are wrapped and never cut. "!" is beside what has expired, or will
within seven days. The last line counts, on standard error. In a pipe it is one
name a line. With --long or --columns it has columns separated by tabs, "-" for
none, and times are in RFC 3339.

--columns takes name, version, changed, size, kind, expires and labels. --sort
changed begins with the newest, expires with the first to expire, size and version
with the largest; -r turns that round. --tree puts what names begin with in
common on a line of its own, and --by KEY the values of a label. Both are for
people.`,
		Example: `tacit ls
tacit ls DB_ --long
tacit ls '*_URL'
tacit ls --label env=prod
tacit ls --expiring 30d --sort expires
tacit ls --columns name,changed --sort changed
tacit ls --by env
tacit ls --json | jq -r '.[].name'`,
		Codes: []int{failure.ExitInvalid, failure.ExitNoKey, failure.ExitTampered, failure.ExitBusy, failure.ExitDisk},
		Flags: append(append(o.Narrowing.Flags(), o.listLayout.flags()...),
			&urfave.BoolFlag{Name: "long", Aliases: []string{"l"}, Usage: "version, time of change, size, kind, expiry and labels too", Destination: &o.long},
			&urfave.BoolFlag{Name: "deleted", Usage: "also list deleted names", Destination: &o.deleted},
		),
		Sudden: cmdline.Anywhere,
		Run: func(ctx context.Context, args []string) error {
			if len(args) > 0 {
				o.prefix = args[0]
			}
			return runLs(ctx, s, o)
		},
	}
}

func runLs(ctx context.Context, s *frame.Session, o lsOptions) error {
	if err := o.Check(); err != nil {
		return err
	}
	if err := o.only(); err != nil {
		return err
	}
	if err := o.listLayout.check(s); err != nil {
		return err
	}
	v, err := s.Open(ctx, frame.ToList)
	if err != nil {
		return err
	}
	defer v.Close()
	system.CollectIfLarge(v.Status().Names)
	tty := terminal.IsTerminal(s.Out)
	if n, ok := v.(frame.NameLister); ok && !o.long && !s.JSON && !tty && !o.deleted && !o.Made() && !o.shaped() {
		return o.printNames(ctx, s, n)
	}
	infos, err := v.List(ctx, vault.ListOptions{
		Prefix: o.prefix, Deleted: o.deleted, Details: o.long || s.JSON || tty || o.Given() || o.shaped(),
	})
	infos = o.arrange(o.Pick(o.Without(o.matching(infos))))
	switch {
	case err != nil:
		return err
	case s.JSON:
		return s.WriteJSON(frame.ToInfosJSON(infos))
	case tty && len(infos) == 0:
		s.Note("%s", o.none())
	case tty, o.tree, o.by != "":
		o.print(s, infos)
	case o.long, o.columns != "":
		s.Lines(o.lines(infos))
	default:
		nameLines(s, infos)
	}
	return nil
}

// printNames is ls for a program that asks for nothing but names.
func (o *lsOptions) printNames(ctx context.Context, s *frame.Session, v frame.NameLister) error {
	list, err := v.Names(ctx, o.prefix)
	if err != nil {
		return err
	}
	for _, name := range list {
		if ok, _ := path.Match(o.glob, name); ok || o.glob == "" { // only has tried the glob
			s.Results.WriteString(name)
			s.Results.WriteByte('\n')
		}
	}
	return nil
}

// only makes of an argument with a wildcard, which no name can have, a glob.
func (o *lsOptions) only() error {
	if !strings.ContainsAny(o.prefix, `*?[`) {
		return nil
	}
	if _, err := path.Match(o.prefix, ""); err != nil {
		return failure.Usage("ls: %s is no glob", failure.Printable(o.prefix)).Hinted("like {tacit ls 'DB_*'}; quote it, so that the shell leaves it alone")
	}
	o.prefix, o.glob = "", o.prefix
	return nil
}

// matching is the infos whose names the glob matches.
func (o *lsOptions) matching(infos []vault.Info) []vault.Info {
	if o.glob == "" {
		return infos
	}
	return slices.DeleteFunc(infos, func(in vault.Info) bool {
		ok, _ := path.Match(o.glob, in.Name) // only has tried the glob
		return !ok
	})
}

// none says to somebody at a terminal that the list is empty, and why it may be.
func (o *lsOptions) none() string {
	switch {
	case o.Made() || o.within != "":
		return "no secret is left of what was asked for"
	case o.glob != "":
		return "no name matches " + failure.Printable(o.glob)
	case o.prefix != "":
		return "no name begins with " + failure.Printable(o.prefix) + "; tacit find looks in the whole name, in either case"
	}
	return "no secrets yet: tacit set NAME stores one"
}

func nameLines(s *frame.Session, infos []vault.Info) {
	for _, in := range infos {
		s.Results.WriteString(in.Name)
		s.Results.WriteByte('\n')
	}
}
