package terminal

import (
	"strings"
	"testing"

	"github.com/tacit-vault/tacit/cli/failure"
)

// typeIn gives a typing all of a text, up to what ends it.
func typeIn(t *typing, text string) (last stroke) {
	for i := range len(text) {
		if last = t.take(text[i]); last >= ends {
			return last
		}
	}
	return last
}

// What is typed is edited, as at any prompt, and what is no text is refused whole:
// nobody sees what would be kept of it.
func TestTyping(t *testing.T) {
	const paste, end = "\x1b[200~", "\x1b[201~"
	pem := "-----BEGIN KEY-----\nabc\n\n-----END KEY-----\n"
	for typed, want := range map[string]string{
		"abc\r": "abc", "abc\n": "abc", "\r": "", "two words\r": "two words", "日本語\r": "日本語",
		"ab\x7fc\r": "ac", "ab\bc\r": "ac", "\x7f\x7fx\r": "x", "日本\x7f語\r": "日語",
		"one\x15two\r": "two", "one two\x17three\r": "one three", "one  \x17x\r": "x", "a\x04\x04": "a",
		"ac\x1b[Db\r": "abc", "ac\x1bODb\r": "abc", "bc\x1b[Ha\x1b[Fd\r": "abcd", "bc\x01a\x05d\r": "abcd", "日x\x1b[D\x1b[D\x1b[3~\r": "x",
		"abc\x1b[D\x1b[D\x0b\r": "a", "abc\x02\x02\x06X\r": "abXc", "a\x1b[C\x1b[Cb\r": "ab",
		// A paste is taken whole, however its lines end, and one line is a line.
		paste + "token" + end + "\r": "token", paste + "token\r" + end + "\r": "token", paste + "token\r\n" + end + "\r": "token",
		paste + pem + end + "\r":                                   pem,
		paste + strings.ReplaceAll(pem, "\n", "\r") + end + "\r":   pem,
		paste + strings.ReplaceAll(pem, "\n", "\r\n") + end + "\r": pem,
		"a" + paste + "b\rc" + end + "d\r":                         "ab\ncd",
		paste + "a\tb" + end + "\r":                                "a\tb",
		paste + "x" + end + paste + "y" + end + "\r":               "xy",
		paste + "\uFEFFx\r" + end + "\r":                           "x",
		"\x1b[A\x15ok\r":                                           "ok", // begun anew
		strings.Repeat("x", 100_000) + "\r":                        strings.Repeat("x", 100_000),
	} {
		line := newTyping(false)
		last := typeIn(line, typed)
		got, err := line.answer()
		if last != ends || err != nil || string(got) != want {
			t.Errorf("%.60q: %.60q, %v (%v)", typed, got, err, last)
		}
	}
	for _, typed := range []string{
		"a\tb\r", "a\x00\r", "a\x1b[Ab\r", "a\x1b[1;5Cb\r", "a\x1bb\r", "a\x12b\r", "a\x16\r", "a\x1bOPb\r", "a\u0085b\r", "a\x1b[200",
		paste + "a\x03b" + end + "\r", paste + "a\x1b[31mb" + end + "\r", paste + "a\x00" + end + "\r", paste + "a\x7f" + end + "\r",
		"\x1b[" + strings.Repeat("1", 100) + "~x\r", strings.Repeat("x", maxLine+1) + "\r",
	} {
		line := newTyping(false)
		typeIn(line, typed)
		got, err := line.answer()
		if f := failure.Explain(err); err == nil || f.Exit != failure.ExitInvalid || got != nil || strings.Contains(f.Message, "b") && strings.Contains(f.Message, typed) {
			t.Errorf("%.60q: %.60q, %v", typed, got, err)
		}
	}
	for typed, want := range map[string]stroke{
		"\x04": leaves, "abc\x03": breaks, "abc\x1c": breaks, "abc\x1a": suspend, "a\x04": goesOn, "\x1b[A": rings,
		paste + "a\r" + end: pasted, paste + "\x03": rings, paste + "\x1a": rings,
	} {
		if got := typeIn(newTyping(false), typed); got != want {
			t.Errorf("%q: %v, want %v", typed, got, want)
		}
	}
}

// --lines takes what comes up to ^D in a line of its own.
func TestTypingLines(t *testing.T) {
	for typed, want := range map[string]string{
		"a\rb\r\x04": "a\nb\n", "a\nb\n\x04": "a\nb\n", "a\r\nb\x04\x04": "a\nb", "one\r\x04": "one", "a\r\r\x04": "a\n\n",
		"ab\rc\x7f\x7f\x7fx\r\x04": "ax", "a\rxyz\x15b\r\x04": "a\nb\n",
		"\x1b[200~a\rb\r\x1b[201~\x04": "a\nb\n",
	} {
		lines := newTyping(true)
		last := typeIn(lines, typed)
		got, err := lines.answer()
		if last != ends || err != nil || string(got) != want {
			t.Errorf("%q: %q, %v (%v)", typed, got, err, last)
		}
	}
}

// Whatever is typed, what is kept has no control character but newlines and, out
// of a paste, tabs.
func FuzzTyping(f *testing.F) {
	for _, seed := range []string{"", "abc\r", "\x1b[200~a\r\nb\x1b[201~\r", "a\x1b[D\x1b[3~\x17\x15\x0b\r", "日\x7f\x7f\x02\x06\r", "\x1b\x1b[[\r"} {
		f.Add(seed, false)
		f.Add(seed, true)
	}
	f.Fuzz(func(t *testing.T, typed string, lines bool) {
		line := newTyping(lines)
		typeIn(line, typed)
		got, err := line.answer()
		if err == nil && strings.ContainsFunc(string(got), func(r rune) bool { return (r < ' ' || r == 0x7f) && r != '\n' && r != '\t' }) {
			t.Errorf("%q: %q", typed, got)
		}
	})
}
