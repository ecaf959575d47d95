package terminal

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"

	"golang.org/x/term"

	"github.com/tacit-vault/tacit/cli/failure"
)

// Questions are asked on the terminal itself, not on standard input and
// output, which may be files. What is typed is hidden where it is a secret,
// and the terminal is as it was before when a prompt ends, however it ends.

// TTY is the terminal that questions are asked on. In and Out are one file
// where the system has one for both.
type TTY struct {
	In, Out *os.File
	Plain   bool // it shows text and understands no escape sequence

	// left counts the bytes that were typed before the last question for a secret and
	// are no part of its answer.
	left int
}

// DropRest drops what was typed before a question, where its answers were wrong: then
// the rest is none for the next question, and no command for the shell.
func (t *TTY) DropRest() {
	if t.left > 0 && dropAhead(t) {
		fmt.Fprintln(t.Out, "What else was typed before the question was dropped.")
	}
	t.left = 0
}

// asking is how a secret is asked for.
type asking struct {
	lines bool // several, up to ^D
	alone bool // what was typed ahead is this answer, or none
}

// Close ends the use of the terminal.
func (t *TTY) Close() error {
	err := t.In.Close()
	if t.Out != t.In {
		err = errors.Join(err, t.Out.Close())
	}
	return err
}

// maxLine is the longest answer to a prompt.
const maxLine = 1 << 20

// AskHidden asks for a secret. The caller owns the answer. The terminal shows
// nothing from before the question on: whoever sees it may type at once. A paste
// is taken whole, where the terminal marks it, and else refused whole where it
// has several lines. What was typed before the question is answers, a line each, and
// what stays of it is the next command's, unless they were wrong: see TTY.DropRest.
func AskHidden(ctx context.Context, tty *TTY, question string) ([]byte, error) {
	return askTerminal(ctx, tty, question, asking{})
}

// AskValue asks for a value: a line, or with lines what is typed up to ^D. Of what
// was typed before the question nothing may be left: it is no passphrase, and no
// command for the shell.
func AskValue(ctx context.Context, tty *TTY, question string, lines bool) ([]byte, error) {
	return askTerminal(ctx, tty, question, asking{lines: lines, alone: true})
}

// Hush keeps the terminal from showing what is typed between questions that
// follow one another, until restore is called. What would end the process meanwhile
// ends the context, so that the terminal is given back.
func Hush(ctx context.Context, tty *TTY) (ends context.Context, restore func()) {
	Hear(ctx)
	fd := int(tty.In.Fd())
	before, err := term.GetState(fd)
	if err != nil {
		return ctx, func() {}
	}
	ends, stop := context.WithCancel(ctx)
	if signals := hangups(); len(signals) > 0 { // of none, all would be heard
		ends, stop = signal.NotifyContext(ctx, signals...)
	}
	if noEcho(fd) != nil {
		stop()
		return ctx, func() {}
	}
	return ends, func() {
		_ = term.Restore(fd, before)
		stop()
	}
}

// askError is a terminal that gave no answer.
func askError(err error) error {
	if errors.Is(err, io.EOF) {
		return &failure.Failure{Code: "refused", Exit: failure.ExitOther, Message: "nothing was typed; nothing was changed"}
	}
	return fmt.Errorf("asking on the terminal: %w", err)
}

// AskTwice asks for a new secret until it was typed the same twice, three
// times at most. An empty answer is returned at once.
func AskTwice(ctx context.Context, tty *TTY, question, again string) ([]byte, error) {
	ctx, restore := Hush(ctx, tty)
	defer restore()
	for range 3 {
		first, err := AskHidden(ctx, tty, question)
		if err != nil || len(first) == 0 {
			return first, err
		}
		second, err := AskHidden(ctx, tty, again)
		if err != nil {
			return nil, err
		}
		if bytes.Equal(first, second) {
			clear(second)
			return first, nil
		}
		clear(first)
		clear(second)
		fmt.Fprintln(tty.Out, "They differ.")
	}
	tty.DropRest()
	return nil, failure.Usage("the two answers differed three times")
}

// AskLine asks for something that may be seen.
func AskLine(ctx context.Context, tty *TTY, question string) (string, error) {
	fmt.Fprint(tty.Out, question)
	line, err := awaitLine(ctx, tty)
	if err != nil && err == ctx.Err() {
		fmt.Fprintln(tty.Out)
	}
	return string(line), err
}

// awaitLine waits for a line or the end of ctx. The goroutine that is left behind then
// only reads: what it set on the terminal would stay.
func awaitLine(ctx context.Context, tty *TTY) ([]byte, error) {
	return OrInterrupted(ctx, func() ([]byte, error) { return readLine(tty) })
}

// readLine reads byte by byte, so that what follows stays for the next prompt.
// A line that is longer than any answer is refused. Where the terminal does not know the key that erases, ^H does.
func readLine(tty *TTY) ([]byte, error) {
	line := make([]byte, 0, 4<<10) // the longest of Linux's lines: no copies of a secret are left behind
	for b := make([]byte, 1); len(line) < maxLine; {
		n, err := tty.In.Read(b)
		switch {
		case n == 0 && err == nil:
		case errors.Is(err, io.EOF) && len(line) > 0:
			return line, nil
		case err != nil:
			return nil, askError(err)
		case b[0] == '\n':
			return bytes.TrimSuffix(line, []byte("\r")), nil
		case b[0] == '\b':
			line = line[:max(0, len(line)-1)]
		default:
			line = append(line, b[0])
		}
	}
	clear(line)
	return nil, errSpoiled(fmt.Sprintf("more than %d MiB", maxLine>>20))
}

// ConfirmOn is ConfirmTyped at a terminal.
func ConfirmOn(ctx context.Context, tty *TTY, word, format string, args ...any) error {
	answer, err := AskLine(ctx, tty, fmt.Sprintf(format, args...))
	if err != nil {
		return err
	}
	if answer == word || word == "yes" && (answer == "y" || answer == "Y" || answer == "YES" || answer == "Yes") {
		return nil
	}
	return &failure.Failure{Code: "refused", Exit: failure.ExitOther, Message: "not confirmed; nothing was changed"}
}
