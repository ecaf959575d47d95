package clip

import (
	"strings"
	"testing"
)

// A sequence is passed on by what stands before the terminal, and has the room that it was
// given.
func TestSequence(t *testing.T) {
	long := strings.Repeat("A", screenPiece)
	for _, c := range []struct{ multiplexer, data, want string }{
		{"", "dg==", "\x1b]52;c;dg==\a"},
		{"", clears, "\x1b]52;c;!\a"},
		{"tmux", "dg==", "\x1bPtmux;\x1b\x1b]52;c;dg==\a\x1b\\"},
		{"screen", "dg==", "\x1bP\x1b]52;c;dg==\a\x1b\\"},
		{"screen", long, "\x1bP\x1b]52;c;" + long + "\a\x1b\\"},
		{"screen", long + long + "dg==", "\x1bP\x1b]52;c;" + long + "\x1b\\\x1bP" + long + "\x1b\\\x1bPdg==\a\x1b\\"},
	} {
		got := appendSequence(nil, c.multiplexer, []byte(c.data))
		if string(got) != c.want || len(got) > sequenceSize([]byte(c.data)) {
			t.Errorf("%s %s: %q", c.multiplexer, c.data, got)
		}
	}
}
