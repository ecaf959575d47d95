package ui

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/tacit-vault/tacit/cli/failure"
	"github.com/tacit-vault/tacit/cli/terminal"
	"github.com/tacit-vault/tacit/cli/ui/screen"
	"github.com/tacit-vault/tacit/cli/ui/wire"
)

// askViews asks which of the other views to list.
func askViews(ctx context.Context, d *desk, tty *terminal.TTY, views []string) error {
	views = append(slices.Clone(views), wire.Places)
	for i, view := range views {
		fmt.Fprintf(tty.Out, "%d: %s\n", i+1, view)
	}
	n, err := askNumber(ctx, tty, "A number, or Enter to go back: ", len(views))
	if err != nil || n == 0 {
		return err
	}
	return askTable(ctx, d, tty, wire.Request{Verb: wire.View, Name: views[n-1]})
}

// askNumber asks for a number up to one; 0 is another answer.
func askNumber(ctx context.Context, tty *terminal.TTY, prompt string, most int) (int, error) {
	typed, err := terminal.AskLine(ctx, tty, prompt)
	if err != nil {
		return 0, err
	}
	n, err := strconv.Atoi(strings.TrimSpace(typed))
	if err != nil || n < 1 || n > most {
		return 0, nil
	}
	return n, nil
}

// tell reads a view, and asks for a key where that tells more.
func tell(ctx context.Context, d *desk, tty *terminal.TTY, q wire.Request) (wire.Table, error) {
	t := d.view(ctx, q)
	if !t.Locked {
		return t, nil
	}
	if err := unlock(ctx, d); err != nil {
		if ctx.Err() != nil {
			return t, ctx.Err()
		}
		fmt.Fprintln(tty.Out, strings.Join(d.told(err), "; "))
		return t, nil
	}
	return d.view(ctx, q), nil
}

// askTable lists a view until the user goes back.
func askTable(ctx context.Context, d *desk, tty *terminal.TTY, q wire.Request) error {
	t, err := tell(ctx, d, tty, q)
	if err != nil {
		return err
	}
	if len(t.Rows) == 0 {
		fmt.Fprintln(tty.Out, strings.Join(append(t.None, t.Note), " "))
		return nil
	}
	for _, text := range []string{t.Head, t.Side, t.Note} {
		if text != "" {
			fmt.Fprintln(tty.Out, text+".")
		}
	}
	listed := listTable(tty, t, "")
	for {
		typed, err := terminal.AskLine(ctx, tty, "Words to search, a number to open, or Enter to go back: ")
		if err != nil {
			return err
		}
		typed = strings.TrimSpace(typed)
		n, err := strconv.Atoi(typed)
		switch {
		case typed == "":
			return nil
		case err != nil:
			listed = listTable(tty, t, typed)
			continue
		case n < 1 || n > len(listed):
			fmt.Fprintf(tty.Out, "There is no number %d in the list.\n", n)
			continue
		}
		if err := openRow(ctx, d, tty, t, listed[n-1]); err != nil {
			return err
		}
		switch t.View {
		case wire.Places:
			return nil // another vault is shown
		case wire.Environments, wire.Members, wire.Health:
			continue // nothing was changed
		}
		if t = d.view(ctx, wire.Request{Verb: wire.View, Name: t.View}); len(t.Rows) == 0 {
			fmt.Fprintln(tty.Out, strings.Join(t.None, " "))
			return nil
		}
		listed = listTable(tty, t, "")
	}
}

// listTable lists what a search finds in a view, and returns where in it that is.
func listTable(tty *terminal.TTY, t wire.Table, typed string) []int {
	found := screen.FindRows(t, typed)
	titles := t.Titles
	if t.View == wire.Health {
		titles = nil // its cells are sentences
	}
	for i, at := range found[:min(len(found), mostListed)] {
		fmt.Fprintf(tty.Out, "%d: %s\n", i+1, screen.RowSays(titles, t.Rows[at]))
	}
	switch {
	case len(found) == 0:
		fmt.Fprintf(tty.Out, "Nothing has %s.\n", failure.Printable(typed))
	case len(found) > mostListed:
		fmt.Fprintf(tty.Out, "%d more: another word finds fewer.\n", len(found)-mostListed)
	}
	return found[:min(len(found), mostListed)]
}

// openRow goes on with a row of a view.
func openRow(ctx context.Context, d *desk, tty *terminal.TTY, t wire.Table, at int) error {
	switch t.View {
	case wire.Groups:
		return askTable(ctx, d, tty, wire.Request{Verb: wire.View, Name: wire.Members, Version: uint64(at) + 1})
	case wire.Conflicts:
		return askConflict(ctx, d, tty, t.Rows[at])
	case wire.Places:
		d.goTo(uint64(at) + 1)
		return nil
	}
	fmt.Fprintln(tty.Out, "There is nothing more to it.")
	return nil
}

// askConflict asks what to do with a value in conflict.
func askConflict(ctx context.Context, d *desk, tty *terminal.TTY, row wire.TableRow) error {
	name, number := row.Cells[0], strconv.FormatUint(row.Nth, 10)
	takes, prints := "give the secret this value", []string{"conflicts", name, "--value", number}
	if row.Nth == 0 {
		takes, prints = "keep this value", []string{"get", name}
	}
	choices := []string{"print the value", takes}
	if d.o.readOnly {
		choices = choices[:1]
	}
	for i, says := range choices {
		fmt.Fprintf(tty.Out, "%d: %s\n", i+1, says)
	}
	switch n, err := askNumber(ctx, tty, "A number, or Enter to go back: ", len(choices)); {
	case err != nil:
		return err
	case n == 1:
		answer, err := terminal.AskLine(ctx, tty, "The value stays on the screen. Type yes to print it: ")
		if err != nil || answer != "yes" {
			return err
		}
		app := *d.s.App
		d.run(ctx, &app, prints)
	case n == 2:
		done, err := choose(ctx, d, wire.Request{Name: name, Version: row.Nth})
		if err != nil {
			done.Note = strings.Join(d.told(err), "; ")
		}
		fmt.Fprintln(tty.Out, done.Note+".")
		_, _ = d.look(ctx) // its version is another one
	}
	return ctx.Err()
}
