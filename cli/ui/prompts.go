package ui

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/tacit-vault/tacit/cli/failure"
	"github.com/tacit-vault/tacit/cli/frame"
	"github.com/tacit-vault/tacit/cli/style"
	"github.com/tacit-vault/tacit/cli/terminal"
	"github.com/tacit-vault/tacit/cli/ui/screen"
	"github.com/tacit-vault/tacit/cli/ui/wire"
)

// Questions take the place of the screen for a screen reader, and on a terminal that
// moves no cursor: text follows text, and nothing is drawn over.

// mostListed is how many names are listed at once.
const mostListed = 20

// askOn asks what to do until the user ends it.
func (d *desk) askOn(ctx context.Context) error {
	tty, ok := d.s.Terminal()
	if !ok {
		return failure.Usage("there is no terminal to ask on").Hinted("{tacit ls}")
	}
	defer tty.Close()
	d.s.Color = style.Never
	place, rows := d.look(ctx)
	if d.err != nil {
		return d.err
	}
	fmt.Fprintf(tty.Out, "%s: %s, %s.\n", place.Where, frame.Count(len(rows), "name"), place.Lock)
	var listed []wire.Row
	for {
		typed, err := terminal.AskLine(ctx, tty, "Words to search, a number to open, v for other views, or q to end: ")
		if err != nil {
			return err
		}
		typed = strings.TrimSpace(typed)
		n, err := strconv.Atoi(typed)
		switch {
		case typed == "q":
			return nil
		case typed == "v":
			if err := askViews(ctx, d, tty, place.Views); err != nil {
				return err
			}
			if place, rows = d.look(ctx); d.err != nil {
				return d.err
			}
			listed = nil
			fmt.Fprintf(tty.Out, "%s: %s, %s.\n", place.Where, frame.Count(len(rows), "name"), place.Lock)
		case err == nil && n >= 1 && n <= len(listed):
			if err := d.askOne(ctx, tty, listed[n-1]); err != nil {
				return err
			}
			if _, rows = d.look(ctx); d.err != nil {
				return d.err
			}
		case err == nil:
			fmt.Fprintf(tty.Out, "There is no number %d in the list.\n", n)
		default:
			listed = d.list(tty, rows, typed)
		}
	}
}

// list lists what a search finds.
func (d *desk) list(tty *terminal.TTY, rows []wire.Row, typed string) []wire.Row {
	found := screen.Find(rows, typed)
	for i, row := range found[:min(len(found), mostListed)] {
		fmt.Fprintf(tty.Out, "%d: %s\n", i+1, screen.Says(row, d.s.Now()))
	}
	switch {
	case len(found) == 0:
		fmt.Fprintf(tty.Out, "No name has %s.\n", failure.Printable(typed))
	case len(found) > mostListed:
		fmt.Fprintf(tty.Out, "%d more: another word finds fewer.\n", len(found)-mostListed)
	}
	return found[:min(len(found), mostListed)]
}

// A choice is one of what can be done with a secret.
type choice struct {
	says string
	args func(name string) []string
	asks string // before it is done; "" for nothing
}

// choices are numbered from 1.
func (d *desk) choices() []choice {
	with := func(args ...string) func(string) []string {
		return func(name string) []string { return append([]string{args[0], name}, args[1:]...) }
	}
	list := []choice{
		{"copy it", with("copy"), ""},
		{"print the value", with("get"), "The value stays on the screen. Type yes to print it: "},
		{"print its one-time code", with("otp"), "The code stays on the screen. Type yes to print it: "},
		{"list its versions", with("history"), ""},
	}
	if d.o.readOnly {
		return list
	}
	return append(list, choice{"store a new value", with("set"), ""}, choice{"edit it", with("edit"), ""}, choice{"delete it", with("rm"), "Type yes to delete it: "})
}

// askOne asks what to do with a secret, until that is nothing.
func (d *desk) askOne(ctx context.Context, tty *terminal.TTY, row wire.Row) error {
	choices := d.choices()
	for {
		fmt.Fprintln(tty.Out, screen.Says(row, d.s.Now()))
		for i, c := range choices {
			fmt.Fprintf(tty.Out, "%d: %s\n", i+1, c.says)
		}
		typed, err := terminal.AskLine(ctx, tty, "A number, or Enter to go back: ")
		if err != nil {
			return err
		}
		n, err := strconv.Atoi(strings.TrimSpace(typed))
		if strings.TrimSpace(typed) == "" {
			return nil
		}
		if err != nil || n < 1 || n > len(choices) {
			continue
		}
		c := choices[n-1]
		if c.asks != "" {
			if answer, err := terminal.AskLine(ctx, tty, c.asks); err != nil || answer != "yes" {
				if err != nil {
					return err
				}
				continue
			}
		}
		app := *d.s.App
		d.run(ctx, &app, c.args(row.Name))
		if ctx.Err() != nil {
			return ctx.Err()
		}
	}
}
