package secrets

import (
	"context"
	"path"
	"slices"
	"strconv"
	"strings"

	urfave "github.com/urfave/cli/v2"

	"github.com/tacit-vault/tacit/cli/choice"
	"github.com/tacit-vault/tacit/cli/cmdline"
	"github.com/tacit-vault/tacit/cli/failure"
	"github.com/tacit-vault/tacit/cli/frame"
	"github.com/tacit-vault/tacit/cli/terminal"
	"github.com/tacit-vault/tacit/vault"
)

type lsOptions struct {
	choice.Narrowing
	prefix  string
	glob    string // in place of prefix
	long    bool
	deleted bool
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
match GLOB (* ? [a-z]). On a terminal it is a table with version, age, size and
kind. In a pipe it is one name a line; with --long it has columns separated by
tabs. --long adds expiry and labels, "-" for none. No key is needed: the vault's
signature proves that the list is right and complete.`,
		Example: `tacit ls
tacit ls DB_ --long
tacit ls '*_URL'
tacit ls --label env=prod
tacit ls --json | jq -r '.[].name'`,
		Codes: []int{failure.ExitInvalid, failure.ExitNoKey, failure.ExitTampered, failure.ExitBusy, failure.ExitDisk},
		Flags: append(o.Narrowing.Flags(),
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
	v, err := s.Open(ctx, frame.ToList)
	if err != nil {
		return err
	}
	defer v.Close()
	frame.CollectIfLarge(v)
	tty := terminal.IsTerminal(s.Out)
	if n, ok := v.(frame.NameLister); ok && !o.long && !s.JSON && !tty && !o.deleted && !o.Made() {
		return o.printNames(ctx, s, n)
	}
	infos, err := v.List(ctx, vault.ListOptions{
		Prefix: o.prefix, Deleted: o.deleted, Details: o.long || s.JSON || tty || o.Given(),
	})
	infos = o.Pick(o.Without(o.matching(infos)))
	switch {
	case err != nil:
		return err
	case s.JSON:
		return s.WriteJSON(frame.ToInfosJSON(infos))
	case tty:
		if len(infos) == 0 {
			s.Note("%s", o.none())
		}
		nameTable(s, infos, o.long)
	case o.long:
		s.Lines(infoRows(s, infos))
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
	case o.Made():
		return "no secret is left of what was asked for"
	case o.glob != "":
		return "no name matches " + failure.Printable(o.glob)
	case o.prefix != "":
		return "no name begins with " + failure.Printable(o.prefix) + "; tacit find looks in the whole name, in either case"
	}
	return "no secrets yet: tacit set NAME stores one"
}

var nameHeader = []string{"NAME", "VERSION", "AGE", "SIZE", "KIND"}

// nameTable is the list for a terminal.
func nameTable(s *frame.Session, infos []vault.Info, long bool) {
	if len(infos) == 0 {
		return
	}
	rows, header := make([][]string, len(infos)), nameHeader
	for i, in := range infos {
		rows[i] = []string{in.Name, strconv.FormatUint(in.Version, 10), s.Age(in.Updated), frame.Size(in.Size), in.Kind}
		if long {
			rows[i] = append(rows[i], attributeCells(s, in, true)...)
		}
	}
	if long {
		header = slices.Concat(nameHeader, attributeHeader)
	}
	s.Table(header, rows)
}

// infoRows is the list for a program.
func infoRows(s *frame.Session, infos []vault.Info) [][]string {
	rows := make([][]string, len(infos))
	for i, in := range infos {
		rows[i] = []string{in.Name, strconv.FormatUint(in.Version, 10), frame.Stamp(in.Updated), strconv.FormatInt(in.Size, 10), in.Kind}
		rows[i] = append(rows[i], attributeCells(s, in, false)...)
	}
	return rows
}

func nameLines(s *frame.Session, infos []vault.Info) {
	for _, in := range infos {
		s.Results.WriteString(in.Name)
		s.Results.WriteByte('\n')
	}
}

type findOptions struct {
	pattern string
	fuzzy   bool
}

func FindCommand(s *frame.Session) *cmdline.Command {
	var o findOptions
	return &cmdline.Command{
		Name: "find", Group: cmdline.GroupSecrets, Args: "PATTERN", Min: 1, Max: 1,
		TooMany: func() error {
			return failure.Usage("find takes one PATTERN").Hinted("quote it, so that the shell leaves it alone; {tacit ls 'DB_*'} takes a glob")
		},
		Short: "search the names of secrets; needs no key",
		Long: `Lists the names that contain PATTERN, in upper or lower case. With --fuzzy it
lists the names that contain its characters in their order, best first. Finding
nothing is no error: the list is empty.`,
		Example: `tacit find stripe
tacit find --fuzzy dburl`,
		Codes: []int{failure.ExitNoKey, failure.ExitTampered, failure.ExitBusy, failure.ExitDisk},
		Flags: []urfave.Flag{
			&urfave.BoolFlag{Name: "fuzzy", Usage: "the characters of PATTERN in their order, best first", Destination: &o.fuzzy},
		},
		Run: func(ctx context.Context, args []string) error {
			o.pattern = args[0]
			return runFind(ctx, s, o)
		},
	}
}

// none says to somebody at a terminal that nothing was found.
func (o findOptions) none() string {
	switch {
	case strings.ContainsAny(o.pattern, `*?[`):
		return "no name has " + failure.Printable(o.pattern) + " in it; tacit ls takes a glob"
	case o.fuzzy:
		return "no name has these characters in their order"
	}
	return "no name has " + failure.Printable(o.pattern) + " in it; tacit find --fuzzy takes less"
}

// foundJSON is a name that was found, as the index has it.
type foundJSON struct {
	Name    string `json:"name"`
	Version uint64 `json:"version"`
	Kind    string `json:"kind"`
}

func runFind(ctx context.Context, s *frame.Session, o findOptions) error {
	v, err := s.Open(ctx, frame.ToList)
	if err != nil {
		return err
	}
	defer v.Close()
	frame.CollectIfLarge(v)
	infos, err := v.Find(ctx, o.pattern, o.fuzzy)
	if err != nil {
		return err
	}
	if s.JSON {
		found := make([]foundJSON, len(infos))
		for i, in := range infos {
			found[i] = foundJSON{in.Name, in.Version, in.Kind}
		}
		return s.WriteJSON(found)
	}
	if len(infos) == 0 && terminal.IsTerminal(s.Out) {
		s.Note("%s", o.none())
	}
	nameLines(s, infos)
	return nil
}
