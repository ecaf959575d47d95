package terminal

import (
	"testing"
)

// One line's end is LF or CRLF, and a mark may stand before it; several lines keep
// every byte.
func TestTrimLine(t *testing.T) {
	for raw, want := range map[string]string{
		"": "", "x": "x", "x\n": "x", "x\r\n": "x", "\n": "", "\r\n": "", "x\r": "x\r", "x\r\r\n": "x\r", "x \n": "x ",
		"\uFEFFx\r\n": "x", "\uFEFF": "", "a\r\nb\r\n": "a\r\nb\r\n", "\uFEFFa\nb": "\uFEFFa\nb", "\n\n": "\n\n", "x\n\n": "x\n\n", "x\ny": "x\ny", "\nx": "\nx",
	} {
		if got := TrimLine([]byte(raw)); string(got) != want {
			t.Errorf("%q: %q, want %q", raw, got, want)
		}
	}
}
