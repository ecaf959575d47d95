package group

import (
	"context"
	"slices"
	"strconv"

	urfave "github.com/urfave/cli/v2"

	"github.com/tacit-vault/tacit/cli/cmdline"
	"github.com/tacit-vault/tacit/cli/failure"
	"github.com/tacit-vault/tacit/cli/frame"
	"github.com/tacit-vault/tacit/cli/table"
	"github.com/tacit-vault/tacit/cli/terminal"
	"github.com/tacit-vault/tacit/vault"
	"github.com/tacit-vault/tacit/vault/group"
)

type conflictOptions struct {
	names []string
	drop  urfave.StringSlice
	print int
}

// ConflictsCommand is conflicts.
func ConflictsCommand(s *frame.Session) *cmdline.Command {
	var o conflictOptions
	return &cmdline.Command{
		Name: "conflicts", Group: cmdline.GroupGroups, Args: "[NAME…]", Max: -1,
		Short: "list values that lost against another value of the same name",
		Long: `Lists values that this vault keeps besides the ones that stand: one line for each,
with its number, why it lost, and who set it. With NAME it lists only those of these
secrets. They stay until tacit resolve or --drop, whatever is set meanwhile.

  concurrent   two members set the secret without having seen each other's value
  reader       this vault set it, and is a reader: others do not get it
  stood        the secret stood in this vault before it joined the group
  withdrawn    a member that was removed had set it after what the owner had of it
  restored     this vault had set it before it was restored from a backup
  unstorable   it cannot be kept in this vault, whose names or limits do not allow it

--value N prints conflict N of the one NAME, as tacit get prints a value. --drop NAME
forgets the conflicts of NAME in this vault alone.`,
		Example: `tacit conflicts
tacit conflicts DB_PASSWORD --value 1
tacit resolve DB_PASSWORD --take 1`,
		Codes: []int{failure.ExitNotFound, failure.ExitNoKey, failure.ExitWrongKey, failure.ExitTampered, failure.ExitBusy, failure.ExitDisk},
		Flags: []urfave.Flag{
			&urfave.StringSliceFlag{Name: "drop", Usage: "forget the conflicts of `NAME`; may be repeated", Destination: &o.drop},
			&urfave.IntFlag{Name: "value", Usage: "print the value of conflict `N` of NAME", Destination: &o.print},
		},
		Run: func(ctx context.Context, args []string) error {
			o.names = args
			return runConflicts(ctx, s, &o)
		},
	}
}

func runConflicts(ctx context.Context, s *frame.Session, o *conflictOptions) error {
	drop := o.drop.Value()
	switch {
	case len(drop) > 0 && (len(o.names) > 0 || o.print != 0):
		return failure.Usage("conflicts: --drop stands alone").Hinted("tacit conflicts --drop NAME")
	case len(drop) > 0:
		return dropConflicts(ctx, s, drop)
	case o.print != 0 && len(o.names) != 1:
		return failure.Usage("conflicts: --value takes one NAME").Hinted("tacit conflicts NAME --value 1")
	}
	list, err := conflictsOf(ctx, s, o.names)
	if err != nil {
		return err
	}
	defer wipe(list)
	if o.print != 0 {
		return printConflict(s, o.names[0], list, o.print)
	}
	return listConflicts(s, list)
}

// conflict is one of a group.
type conflict struct {
	group.Conflict
	Group string
}

// conflictsOf are the conflicts of the names, or all, of each group.
func conflictsOf(ctx context.Context, s *frame.Session, names []string) (list []conflict, err error) {
	err = readingVault(ctx, s, func(v *vault.Vault) error {
		groups, err := group.List(ctx, v)
		if err != nil {
			return err
		}
		for _, g := range groups {
			st, err := g.Known(ctx)
			if err != nil {
				return err
			}
			all, err := g.Conflicts(ctx)
			if err != nil {
				return err
			}
			for _, c := range all {
				if len(names) == 0 || slices.Contains(names, c.Name) {
					list = append(list, conflict{c, nameOf(st)})
				} else {
					c.Value.Value.Wipe()
				}
			}
		}
		return nil
	})
	return list, err
}

// ConflictsOf are the values of a name that lost. The caller wipes them.
func ConflictsOf(ctx context.Context, s *frame.Session, name string) ([]group.Conflict, error) {
	list, err := conflictsOf(ctx, s, []string{name})
	out := make([]group.Conflict, len(list))
	for i, c := range list {
		out[i] = c.Conflict
	}
	return out, err
}

func wipe(list []conflict) {
	for _, c := range list {
		c.Value.Value.Wipe()
	}
}

// conflictJSON is a value that lost, without the value.
type conflictJSON struct {
	Name    string `json:"name"`
	Number  int    `json:"number"`
	Why     string `json:"why"`
	Member  string `json:"member"` // "" for this vault
	Group   string `json:"group"`
	Kind    string `json:"kind"` // text, json, bytes; gone for a deletion
	Updated string `json:"updated"`
}

func listConflicts(s *frame.Session, list []conflict) error {
	if s.JSON {
		out := make([]conflictJSON, len(list))
		for i, c := range list {
			out[i] = conflictJSON{c.Name, c.Number, string(c.Why), c.Member, c.Group, kindOf(c), frame.Stamp(c.Value.Updated)}
		}
		return s.WriteJSON(out)
	}
	rows := make([][]string, len(list))
	for i, c := range list {
		by := c.Member
		if by == "" {
			by = "this vault"
		}
		rows[i] = []string{c.Name, strconv.Itoa(c.Number), string(c.Why), by, kindOf(c), frame.Stamp(c.Value.Updated), c.Group}
	}
	frame.PrintRows(s, []table.Column{
		{Title: "NAME", Least: 8},
		{Title: "NUMBER", Right: true},
		{Title: "WHY"},
		{Title: "BY", Least: 8},
		{Title: "KIND", Falls: 1},
		{Title: "SET", Falls: 2},
		{Title: "GROUP", Falls: 3},
	}, rows)
	if len(list) == 0 {
		s.Note("no value lost against another")
	}
	return nil
}

func kindOf(c conflict) string {
	if c.Value.Deleted {
		return "gone"
	}
	return c.Value.Value.Kind().String()
}

// printConflict prints a value that lost as get prints one.
func printConflict(s *frame.Session, name string, list []conflict, n int) error {
	i := slices.IndexFunc(list, func(c conflict) bool { return c.Number == n })
	switch {
	case i < 0:
		return failure.Fault(vault.NotFound, "conflicts %s: there is no conflict %d of it", failure.Printable(name), n).Hinted("{tacit conflicts}")
	case list[i].Value.Deleted:
		return failure.Fault(vault.NotFound, "conflicts %s: conflict %d is that the secret was deleted", failure.Printable(name), n)
	}
	value := list[i].Value.Value
	if s.JSON {
		return s.WriteJSON(struct {
			Name   string `json:"name"`
			Number int    `json:"number"`
			Value  any    `json:"value"`
		}{name, n, value.JSONValue()})
	}
	s.Results.Write(value.Reveal())
	if terminal.IsTerminal(s.Out) {
		s.Results.WriteByte('\n')
	}
	return s.Flush()
}

// dropConflicts forgets the conflicts of the names.
func dropConflicts(ctx context.Context, s *frame.Session, names []string) error {
	dropped := 0
	err := writingAlone(ctx, s, func(h *hand) error {
		groups, err := group.List(ctx, h.Vault)
		if err != nil {
			return err
		}
		for _, g := range groups {
			n, err := g.Drop(ctx, names...)
			if err != nil {
				return told(err)
			}
			dropped += n
		}
		return nil
	})
	switch {
	case err != nil:
		return err
	case dropped == 0:
		return failure.Fault(vault.NotFound, "conflicts: none of these secrets has one").Hinted("{tacit conflicts}")
	case s.JSON:
		return s.WriteJSON(struct {
			Dropped int `json:"dropped"`
		}{dropped})
	}
	s.Did("forgot %s%s", frame.Count(dropped, "value"), s.InVault())
	return nil
}
