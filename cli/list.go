package cli

import (
	"context"
	"path"
	"slices"
	"strconv"
	"strings"

	urfave "github.com/urfave/cli/v2"

	"github.com/tacit-vault/tacit/vault"
)

type lsOptions struct {
	narrowing
	prefix  string
	glob    string // in place of prefix
	long    bool
	deleted bool
}

func lsCommand(s *session) *command {
	var o lsOptions
	return &command{
		name: "ls", aliases: []string{"list"}, group: groupSecrets, args: "[PREFIX|GLOB]", max: 1,
		tooMany: func() error {
			return usage("ls takes one PREFIX or GLOB").hinted("tacit ls 'DB_*'; quote it, so that the shell leaves it alone")
		},
		short: "list the names of secrets; needs no key",
		long: `Lists names in order: all of them, those that begin with PREFIX, or those that
match GLOB (* ? [a-z]). On a terminal it is a table with version, age, size and
kind. In a pipe it is one name a line; with --long it has columns separated by
tabs. --long adds expiry and labels, "-" for none. No key is needed: the vault's
signature proves that the list is right and complete.`,
		example: `tacit ls
tacit ls DB_ --long
tacit ls '*_URL'
tacit ls --label env=prod
tacit ls --json | jq -r '.[].name'`,
		codes: []int{exitInvalid, exitNoKey, exitTampered, exitBusy, exitDisk},
		flags: append(o.narrowing.flags(),
			&urfave.BoolFlag{Name: "long", Aliases: []string{"l"}, Usage: "version, time of change, size, kind, expiry and labels too", Destination: &o.long},
			&urfave.BoolFlag{Name: "deleted", Usage: "also list deleted names", Destination: &o.deleted},
		),
		run: func(ctx context.Context, args []string) error {
			if len(args) > 0 {
				o.prefix = args[0]
			}
			return runLs(ctx, s, o)
		},
	}
}

func runLs(ctx context.Context, s *session, o lsOptions) error {
	if err := o.check(); err != nil {
		return err
	}
	if err := o.only(); err != nil {
		return err
	}
	v, err := s.open(ctx, names)
	if err != nil {
		return err
	}
	defer v.Close()
	tty := isTerminal(s.Out)
	infos, err := v.List(ctx, vault.ListOptions{
		Prefix: o.prefix, Deleted: o.deleted, Details: o.long || s.json || tty || o.given(),
	})
	infos = o.pick(o.without(o.matching(infos)))
	switch {
	case err != nil:
		return err
	case s.json:
		return s.writeJSON(toInfosJSON(infos))
	case tty:
		if len(infos) == 0 {
			s.note("%s", o.none())
		}
		s.nameTable(infos, o.long)
	case o.long:
		s.lines(s.infoRows(infos))
	default:
		s.nameLines(infos)
	}
	return nil
}

// only makes of an argument with a wildcard, which no name can have, a glob.
func (o *lsOptions) only() error {
	if !strings.ContainsAny(o.prefix, `*?[`) {
		return nil
	}
	if _, err := path.Match(o.prefix, ""); err != nil {
		return usage("ls: %s is no glob", printable(o.prefix)).hinted("like tacit ls 'DB_*'; quote it, so that the shell leaves it alone")
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
	case o.made():
		return "no secret is left of what was asked for"
	case o.glob != "":
		return "no name matches " + printable(o.glob)
	case o.prefix != "":
		return "no name begins with " + printable(o.prefix) + "; tacit find looks in the whole name, in either case"
	}
	return "no secrets yet: tacit set NAME stores one"
}

var nameHeader = []string{"NAME", "VERSION", "AGE", "SIZE", "KIND"}

// nameTable is the list for a terminal.
func (s *session) nameTable(infos []vault.Info, long bool) {
	if len(infos) == 0 {
		return
	}
	rows, header := make([][]string, len(infos)), nameHeader
	for i, in := range infos {
		rows[i] = []string{in.Name, strconv.FormatUint(in.Version, 10), s.age(in.Updated), size(in.Size), in.Kind}
		if long {
			rows[i] = append(rows[i], s.attributeCells(in, true)...)
		}
	}
	if long {
		header = slices.Concat(nameHeader, attributeHeader)
	}
	s.table(header, rows)
}

// infoRows is the list for a program.
func (s *session) infoRows(infos []vault.Info) [][]string {
	rows := make([][]string, len(infos))
	for i, in := range infos {
		rows[i] = []string{in.Name, strconv.FormatUint(in.Version, 10), stamp(in.Updated), strconv.FormatInt(in.Size, 10), in.Kind}
		rows[i] = append(rows[i], s.attributeCells(in, false)...)
	}
	return rows
}

func (s *session) nameLines(infos []vault.Info) {
	for _, in := range infos {
		s.out.WriteString(in.Name)
		s.out.WriteByte('\n')
	}
}

type findOptions struct {
	pattern string
	fuzzy   bool
}

func findCommand(s *session) *command {
	var o findOptions
	return &command{
		name: "find", group: groupSecrets, args: "PATTERN", min: 1, max: 1,
		tooMany: func() error {
			return usage("find takes one PATTERN").hinted("quote it, so that the shell leaves it alone; tacit ls 'DB_*' takes a glob")
		},
		short: "search the names of secrets; needs no key",
		long: `Lists the names that contain PATTERN, in upper or lower case. With --fuzzy it
lists the names that contain its characters in their order, best first. Finding
nothing is no error: the list is empty.`,
		example: `tacit find stripe
tacit find --fuzzy dburl`,
		codes: []int{exitNoKey, exitTampered, exitBusy, exitDisk},
		flags: []urfave.Flag{
			&urfave.BoolFlag{Name: "fuzzy", Usage: "the characters of PATTERN in their order, best first", Destination: &o.fuzzy},
		},
		run: func(ctx context.Context, args []string) error {
			o.pattern = args[0]
			return runFind(ctx, s, o)
		},
	}
}

// none says to somebody at a terminal that nothing was found.
func (o findOptions) none() string {
	switch {
	case strings.ContainsAny(o.pattern, `*?[`):
		return "no name has " + printable(o.pattern) + " in it; tacit ls takes a glob"
	case o.fuzzy:
		return "no name has these characters in their order"
	}
	return "no name has " + printable(o.pattern) + " in it; tacit find --fuzzy takes less"
}

// foundJSON is a name that was found, as the index has it.
type foundJSON struct {
	Name    string `json:"name"`
	Version uint64 `json:"version"`
	Kind    string `json:"kind"`
}

func runFind(ctx context.Context, s *session, o findOptions) error {
	v, err := s.open(ctx, names)
	if err != nil {
		return err
	}
	defer v.Close()
	infos, err := v.Find(ctx, o.pattern, o.fuzzy)
	if err != nil {
		return err
	}
	if s.json {
		found := make([]foundJSON, len(infos))
		for i, in := range infos {
			found[i] = foundJSON{in.Name, in.Version, in.Kind}
		}
		return s.writeJSON(found)
	}
	if len(infos) == 0 && isTerminal(s.Out) {
		s.note("%s", o.none())
	}
	s.nameLines(infos)
	return nil
}
