package ui

import (
	"cmp"
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/tacit-vault/tacit/cli/curtain"
	"github.com/tacit-vault/tacit/cli/failure"
	"github.com/tacit-vault/tacit/cli/frame"
	"github.com/tacit-vault/tacit/cli/ui/wire"
	"github.com/tacit-vault/tacit/vault"
	"github.com/tacit-vault/tacit/vault/group"
	"github.com/tacit-vault/tacit/vault/shown"
)

// conflict is a value that lost, as conflicts tells of it.
type conflict struct {
	Name                              string
	Number                            int
	Why, Member, Group, Kind, Updated string
}

// inUse is what the value that stands is called.
const inUse = "in use"

// conflictsView is the view of the values that lost, each name with the value that stands
// before them.
func conflictsView(ctx context.Context, d *desk) wire.Table {
	t := wire.Table{View: wire.Conflicts, Titles: []string{"NAME", "VALUE", "BY", "SET", "KIND", "WHY", "GROUP"}}
	var list []conflict
	if err := d.read(ctx, &list, "conflicts", "--json", "--no-input"); err != nil {
		unread(&t, err)
		return t
	}
	stand := make(map[string]wire.Row, len(d.rows))
	for _, row := range d.rows {
		stand[row.Name] = row
	}
	names := 0
	for i, c := range list {
		if i == 0 || list[i-1].Name != c.Name {
			names++
			t.Rows = append(t.Rows, standsRow(d, c, stand[c.Name]))
		}
		by := "this vault"
		if c.Member != "" {
			by = shown.Line(c.Member, 100)
		}
		t.Rows = append(t.Rows, wire.TableRow{
			Cells: []string{c.Name, strconv.Itoa(c.Number), by, since(d, timeOf(c.Updated)), c.Kind, c.Why, shown.Line(c.Group, 100), whyWords(group.Why(c.Why))},
			Look:  true, Nth: uint64(c.Number),
		})
	}
	t.Head = frame.Count(names, "name") + " to resolve"
	t.None = []string{"No value lost against another."}
	return t
}

// standsRow is the value of a name that stands.
func standsRow(d *desk, c conflict, row wire.Row) wire.TableRow {
	cells := []string{c.Name, inUse, "-", "-", "gone", "-", shown.Line(c.Group, 100), "what every command reads"}
	if row.Name != "" {
		cells[1], cells[3], cells[4] = fmt.Sprintf("%s, v%d", inUse, row.Version), since(d, time.Unix(row.Changed, 0)), row.Kind
	}
	return wire.TableRow{Cells: cells, Look: true}
}

// whyWords says why a value lost.
func whyWords(why group.Why) string {
	switch why {
	case group.Concurrent:
		return "set without seeing the other"
	case group.ReadOnly:
		return "set here, by a reader: it stays here"
	case group.Stood:
		return "it stood here before this vault joined"
	case group.Withdrawn:
		return "set by a member that was removed"
	case group.Restored:
		return "set here before a restore"
	case group.Unstorable:
		return "it cannot be kept in this vault"
	}
	return ""
}

// lost are the values of a name that lost. The caller wipes them.
func lost(ctx context.Context, d *desk, name string) ([]group.Conflict, error) {
	if d.rooms.Conflicts == nil {
		return nil, frame.NotLinked("groups")
	}
	return d.rooms.Conflicts(ctx, d.s, name)
}

func wipeLost(list []group.Conflict) {
	for _, c := range list {
		c.Value.Value.Wipe()
	}
}

// lostTitle says which value one is.
func lostTitle(c group.Conflict) string {
	return fmt.Sprintf("%d, by %s", c.Number, cmp.Or(shown.Line(c.Member, 100), "this vault"))
}

// revealLost shows a value that lost, on a page of its own.
func revealLost(ctx context.Context, d *desk, q wire.Request) error {
	list, err := lost(ctx, d, q.Name)
	defer wipeLost(list)
	if err != nil {
		return err
	}
	for _, c := range list {
		switch {
		case uint64(c.Number) != q.Version:
			continue
		case c.Value.Deleted:
			return failure.Fault(vault.NotFound, "conflict %d of %s is that it was deleted", c.Number, q.Name)
		}
		return page(ctx, d, fmt.Sprintf("%s: conflict %s", q.Name, lostTitle(c)), c.Value.Value.Reveal())
	}
	return failure.Fault(vault.NotFound, "there is no conflict %d of %s any more", q.Version, q.Name)
}

// page shows a value, or what was made of some, on a page of its own.
func page(ctx context.Context, d *desk, title string, value []byte) error {
	tty, err := frame.PageTerminal(d.s)
	if err != nil {
		return err
	}
	defer tty.Close()
	return d.o.show.Show(ctx, d.s, tty, &curtain.Text{Title: title, Value: value})
}

// revealBeside shows the values of a name that lost below the one that stands.
func revealBeside(ctx context.Context, d *desk, q wire.Request) error {
	losers, err := lost(ctx, d, q.Name)
	defer wipeLost(losers)
	if err != nil {
		return err
	}
	stands, err := standing(ctx, d, q.Name)
	defer stands.secret.Value.Wipe()
	if err != nil {
		return err
	}
	list := []held{stands}
	for _, c := range losers {
		one := held{title: lostTitle(c), secret: vault.Secret{Value: c.Value.Value}}
		if c.Value.Deleted {
			one.says = "deleted"
		}
		list = append(list, one)
	}
	text := beside(list)
	defer clear(text)
	return page(ctx, d, q.Name+" in conflict", text)
}

// standing reads the value of a name that stands.
func standing(ctx context.Context, d *desk, name string) (held, error) {
	one := held{title: inUse}
	v, err := d.s.Open(ctx, frame.ToRead)
	if err != nil {
		return one, err
	}
	defer v.Close()
	return one.read(ctx, v, name), nil
}

// choose gives a secret the value that was chosen, 0 the one that stands.
func choose(ctx context.Context, d *desk, q wire.Request) (wire.Done, error) {
	args, err := []string{"resolve", q.Name, "--keep"}, error(nil)
	if q.Version == 0 {
		err = d.s.Confirm(ctx, "--yes", "Keep the value of %s that is in use, for the whole group?", q.Name)
	} else {
		args = []string{"resolve", q.Name, "--take", strconv.FormatUint(q.Version, 10)}
		err = d.s.Confirm(ctx, "--yes", "Give %s the value of conflict %d, for the whole group?", q.Name, q.Version)
	}
	if err != nil {
		return wire.Done{}, err
	}
	return resolved(ctx, d, args)
}

// third has the user write another value, and takes that one.
func third(ctx context.Context, d *desk, q wire.Request) (wire.Done, error) {
	app := *d.s.App
	if d.run(ctx, &app, []string{"edit", q.Name}) != failure.ExitOK || ctx.Err() != nil {
		return wire.Done{Note: q.Name + " was not edited"}, nil
	}
	if err := d.s.Confirm(ctx, "--yes", "Keep the value of %s that is in use now, for the whole group?", q.Name); err != nil {
		return wire.Done{}, err
	}
	return resolved(ctx, d, []string{"resolve", q.Name, "--keep"})
}

// resolved runs a command that resolves.
func resolved(ctx context.Context, d *desk, args []string) (wire.Done, error) {
	var out struct{ Resolved []string }
	if err := d.read(ctx, &out, append(args, "--json")...); err != nil {
		return wire.Done{}, err
	}
	return wire.Done{Note: fmt.Sprintf("resolved %s; the next sync tells the others", args[1])}, nil
}
