package clip

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"

	"github.com/aymanbagabas/go-osc52/v2"

	"github.com/tacit-vault/tacit/cli/failure"
	"github.com/tacit-vault/tacit/cli/frame"
)

// The terminal's clipboard is set by an escape sequence, OSC 52, which many
// terminals take, some only when they are told to. None answers.

// multiplexer is what stands between this program and the terminal: tmux, screen,
// or nothing.
func multiplexer(s *frame.Session) string {
	switch {
	case s.Env("TMUX") != "":
		return "tmux"
	case s.Env("STY") != "":
		return "screen"
	}
	return ""
}

// copyToTerminal hands the value to the terminal.
func copyToTerminal(ctx context.Context, s *frame.Session, value []byte) error {
	tty, err := openTerminal(s)
	if err != nil {
		return err
	}
	defer tty.Close()
	if err := tellTerminal(ctx, s, tty.Out, multiplexer(s), value); err != nil {
		return failure.FileError("writing to", "the terminal", err)
	}
	return nil
}

// clearTerminal puts a space into the terminal's clipboard, for those that know
// of no clearing, and then clears it.
func clearTerminal(ctx context.Context, s *frame.Session, tty io.Writer, multiplexer string) error {
	return tellTerminal(ctx, s, tty, multiplexer, []byte(" "), osc52.Clear())
}

// tellTerminal sets the clipboard and sends what is to follow, all in one piece.
// tmux is asked for it, because that works as tmux is set up by itself, and leaves
// nothing among its own buffers; besides, it is given the sequence to pass on
// (allow-passthrough). One that is too old to be asked (3.2) gets the sequence for
// itself (set-clipboard on).
func tellTerminal(ctx context.Context, s *frame.Session, tty io.Writer, multiplexer string, value []byte, then ...osc52.Sequence) error {
	mode := osc52.DefaultMode
	text := ""
	switch multiplexer {
	case "tmux":
		mode = osc52.TmuxMode
		if askTmux(ctx, s, value) != nil {
			text = osc52.New(string(value)).String()
		}
	case "screen":
		mode = osc52.ScreenMode
	}
	for _, seq := range append([]osc52.Sequence{osc52.New(string(value))}, then...) {
		text += seq.Mode(mode).String()
	}
	_, err := io.WriteString(tty, text)
	return err
}

// askTmux makes tmux set the clipboard of the terminals that it runs in.
func askTmux(ctx context.Context, s *frame.Session, value []byte) error {
	var c clipboard
	buffer := fmt.Sprintf("tacit-%d", os.Getpid())
	err := c.run(ctx, []string{"tmux", "load-buffer", "-w", "-b", buffer, "-"}, s.Environ(), bytes.NewReader(value), nil)
	if err != nil {
		return err
	}
	return c.run(ctx, []string{"tmux", "delete-buffer", "-b", buffer}, s.Environ(), nil, nil)
}
