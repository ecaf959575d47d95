package terminal

import (
	"bytes"
	"context"
	"fmt"
	"os"

	"golang.org/x/term"
)

// askTerminal asks on the console, which edits the line itself and marks no
// paste: several lines are read where they were asked for, up to ^Z.
func askTerminal(ctx context.Context, tty *TTY, question string, how asking) ([]byte, error) {
	Hear(ctx) // however it ends, the console is given back
	fd := int(tty.In.Fd())
	before, err := term.GetState(fd)
	if err != nil {
		return nil, fmt.Errorf("asking on the terminal: %w", err)
	}
	if err := noEcho(fd); err != nil {
		return nil, fmt.Errorf("asking on the terminal: %w", err)
	}
	fmt.Fprint(tty.Out, question)
	defer fmt.Fprintln(tty.Out)
	defer term.Restore(fd, before)
	if how.lines {
		raw, err := ReadUpTo(ctx, tty.In, maxLine+1)
		if err == nil && len(raw) > maxLine {
			err = errSpoiled("more than 1 MiB")
		}
		return TrimLine(bytes.ReplaceAll(raw, []byte("\r\n"), []byte("\n"))), err
	}
	line, err := awaitLine(ctx, tty)
	if err == nil && bytes.ContainsFunc(line, isControl) {
		clear(line)
		return nil, errSpoiled("a control character")
	}
	return line, err
}

// hangups are none here.
func hangups() []os.Signal { return nil }

func isControl(r rune) bool { return r < ' ' || r == 0x7f }

// dropAhead has nothing to drop: what was typed ahead is not counted here.
func dropAhead(*TTY) (more bool) { return false }
