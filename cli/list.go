package cli

import (
	"context"
	"slices"
	"strconv"

	urfave "github.com/urfave/cli/v2"

	"github.com/tacit-vault/tacit/vault"
)

type lsOptions struct {
	narrowing
	prefix  string
	long    bool
	deleted bool
}

func lsCommand() *command {
	var o lsOptions
	return &command{
		name: "ls", aliases: []string{"list"}, group: groupSecrets, args: "[PREFIX]", max: 1,
		short: "list the names of secrets; needs no key",
		long: `Lists names, sorted, all of them or those that begin with PREFIX. On a terminal
it is a table with version, age, size and kind; into a pipe one name a line, and
with --long the columns with tabs between them. With --long, when it expires and
its labels follow, "-" for none. No key is needed: the list is proven to be
complete, and what it tells to be right, by the vault's signature.`,
		example: `tacit ls
tacit ls DB_ --long
tacit ls --label env=prod
tacit ls --json | jq -r '.[].name'`,
		codes: []int{exitInvalid, exitNoKey, exitTampered, exitBusy, exitDisk},
		flags: append(o.narrowing.flags(),
			&urfave.BoolFlag{Name: "long", Aliases: []string{"l"}, Usage: "version, time of change, size, kind, expiry and labels too", Destination: &o.long},
			&urfave.BoolFlag{Name: "deleted", Usage: "deleted names too", Destination: &o.deleted},
		),
		run: func(ctx context.Context, s *session, args []string) error {
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
	v, err := s.open(ctx, names)
	if err != nil {
		return err
	}
	defer v.Close()
	tty := isTerminal(s.Out)
	infos, err := v.List(ctx, vault.ListOptions{
		Prefix: o.prefix, Deleted: o.deleted, Details: o.long || s.json || tty || o.given(),
	})
	infos = o.pick(o.without(infos))
	switch {
	case err != nil:
		return err
	case s.json:
		return s.writeJSON(toInfosJSON(infos))
	case tty:
		s.nameTable(infos, o.long)
	case o.long:
		s.lines(s.infoRows(infos))
	default:
		s.nameLines(infos)
	}
	return nil
}

var nameHeader = []string{"NAME", "VERSION", "AGE", "SIZE", "KIND"}

// nameTable is the list for a terminal.
func (s *session) nameTable(infos []vault.Info, long bool) {
	if len(infos) == 0 {
		s.note("no secrets")
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

func findCommand() *command {
	var o findOptions
	return &command{
		name: "find", group: groupSecrets, args: "PATTERN", min: 1, max: 1,
		short: "search the names of secrets; needs no key",
		long: `Lists the names that contain PATTERN, in either case; with --fuzzy those that
contain its characters in their order, best first. Finding nothing is no error:
the list is empty.`,
		example: `tacit find stripe
tacit find --fuzzy dburl`,
		codes: []int{exitNoKey, exitTampered, exitBusy, exitDisk},
		flags: []urfave.Flag{
			&urfave.BoolFlag{Name: "fuzzy", Usage: "the characters of PATTERN in their order, best first", Destination: &o.fuzzy},
		},
		run: func(ctx context.Context, s *session, args []string) error {
			o.pattern = args[0]
			return runFind(ctx, s, o)
		},
	}
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
	s.nameLines(infos)
	return nil
}
