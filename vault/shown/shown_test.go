package shown

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func TestLine(t *testing.T) {
	for _, c := range []struct{ in, out string }{
		{"", ""},
		{"API_KEY", "API_KEY"},
		{"Zoë 日本 🔑", "Zoë 日本 🔑"},
		{"a\x1b[2Jb\r\n\t\x00\x7f", "a?[2Jb?????"},
		{"\u009b31m", "?31m"},
		{"a\u202eb\u2066c\u200bd\u2028e", "a?b?c?d?e"},
		{"\xff\xfe", "??"},
		{strings.Repeat("x", 20), strings.Repeat("x", 20)},
		{strings.Repeat("x", 21), strings.Repeat("x", 20) + "…"},
		{strings.Repeat("é", 11), strings.Repeat("é", 10) + "…"},
	} {
		if got := Line(c.in, 20); got != c.out {
			t.Errorf("%q: %q, must be %q", c.in, got, c.out)
		}
	}
	if got := Quoted("a b", 10); got != `"a b"` {
		t.Error(got)
	}
}

func FuzzLine(f *testing.F) {
	f.Add("a\x1b]0;title\x07", 5)
	f.Fuzz(func(t *testing.T, s string, most int) {
		out := Line(s, most)
		if !utf8.ValidString(out) || strings.ContainsAny(out, "\x1b\r\n\t\x00\x7f\u202e\u200b") {
			t.Errorf("%q", out)
		}
		if most >= 0 && most < 1<<20 && len(out) > most+utf8.UTFMax-1+len("…") {
			t.Errorf("%d bytes of at most %d", len(out), most)
		}
	})
}
