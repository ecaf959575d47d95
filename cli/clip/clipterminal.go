package clip

import (
	"bytes"
	"context"
	"encoding/base64"
	"fmt"
	"io"
	"os"

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
	return tellTerminal(ctx, s, tty, multiplexer, []byte(" "), []byte(clears))
}

// clears is what clears the clipboard: no base64.
const clears = "!"

// tellTerminal sets the clipboard and sends what is to follow, all in one piece.
// tmux is asked for it, because that works as tmux is set up by itself, and leaves
// nothing among its own buffers; besides, it is given the sequence to pass on
// (allow-passthrough). One that is too old to be asked (3.2) gets the sequence for
// itself (set-clipboard on).
func tellTerminal(ctx context.Context, s *frame.Session, tty io.Writer, multiplexer string, value []byte, then ...[]byte) error {
	data := base64.StdEncoding.AppendEncode(make([]byte, 0, base64.StdEncoding.EncodedLen(len(value))), value)
	text := make([]byte, 0, 2*sequenceSize(data)+1<<10) // in one place, which is wiped
	defer clear(data)
	defer func() { clear(text) }()
	if multiplexer == "tmux" && askTmux(ctx, s, value) != nil {
		text = appendSequence(text, "", data)
	}
	for _, data := range append([][]byte{data}, then...) {
		text = appendSequence(text, multiplexer, data)
	}
	_, err := tty.Write(text)
	return err
}

// screenPiece is how much screen passes on at a time, in bytes.
const screenPiece = 76

// sequenceSize is how long a sequence is at most, in bytes.
func sequenceSize(data []byte) int { return len(data) + 4*(len(data)/screenPiece) + 64 }

// appendSequence appends what tells the terminal of data for its clipboard, through what
// stands before it.
func appendSequence(b []byte, multiplexer string, data []byte) []byte {
	begins, ends := "", ""
	switch multiplexer {
	case "tmux":
		begins, ends = "\x1bPtmux;\x1b", "\x1b\\"
	case "screen":
		begins, ends = "\x1bP", "\x1b\\"
	}
	b = append(append(b, begins...), "\x1b]52;c;"...)
	for multiplexer == "screen" && len(data) > screenPiece {
		b = append(b, data[:screenPiece]...)
		b = append(append(b, ends...), begins...)
		data = data[screenPiece:]
	}
	b = append(append(b, data...), '\a')
	return append(b, ends...)
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
