package style

import (
	"regexp"
	"testing"
)

var marks = regexp.MustCompile("\x1b\\[[0-9;]*m")

// Whatever is marked, without its marks it is the text.
func TestPaint(t *testing.T) {
	line := Line{Badge(Wrong, "EXPIRED"), {Plain, " 27d ago, "}, {Look, "!"}, {Strong, "ok"}, {Failing, "tacit:"}, {Chosen, "> A"}, {Matched, "x"}, {Strong, ""}}
	for s, want := range map[Style]string{
		None:   "[EXPIRED] 27d ago, !oktacit:> Ax",
		Mono:   "\x1b[7m[EXPIRED]\x1b[0m 27d ago, \x1b[1m!\x1b[0m\x1b[1mok\x1b[0m\x1b[1mtacit:\x1b[0m\x1b[7m> A\x1b[0m\x1b[4mx\x1b[0m",
		Colour: "\x1b[37;41m[EXPIRED]\x1b[0m 27d ago, \x1b[30;43m!\x1b[0m\x1b[1mok\x1b[0m\x1b[1;31mtacit:\x1b[0m\x1b[7m> A\x1b[0m\x1b[4mx\x1b[0m",
	} {
		got := line.Paint(s)
		if got != want {
			t.Errorf("%d: %q", s, got)
		}
		if bare := marks.ReplaceAllString(got, ""); bare != line.String() {
			t.Errorf("%d: without marks %q", s, bare)
		}
	}
}

// The whole grid: the flag, the four variables, and whether it is a terminal.
func TestFor(t *testing.T) {
	for _, flag := range []string{"", Auto, Always, Never} {
		for _, noColor := range []string{"", "1"} {
			for _, force := range []string{"", "0", "1"} {
				for _, term := range []string{"", "dumb", "xterm"} {
					for _, cli := range []string{"", "0", "1"} {
						for _, tty := range []bool{false, true} {
							env := map[string]string{"NO_COLOR": noColor, "CLICOLOR_FORCE": force, "TERM": term, "CLICOLOR": cli}
							got := For(flag, func(name string) string { return env[name] }, tty)
							if want := expected(flag, env, tty); got != want {
								t.Errorf("--color %q, %v, terminal %v: %d, must be %d", flag, env, tty, got, want)
							}
						}
					}
				}
			}
		}
	}
}

// expected is the rule written another way: what each step leaves open goes on.
func expected(flag string, env map[string]string, tty bool) Style {
	screen := tty && env["TERM"] == "xterm"
	for _, step := range []struct {
		decides bool
		style   Style
	}{
		{flag == Always, Colour},
		{flag == Never, None},
		{env["NO_COLOR"] == "1" && screen, Mono},
		{env["NO_COLOR"] == "1", None},
		{env["CLICOLOR_FORCE"] == "1", Colour},
		{env["TERM"] != "xterm", None},
		{!tty, None},
		{env["CLICOLOR"] == "0", Mono},
	} {
		if step.decides {
			return step.style
		}
	}
	return Colour
}

func TestWidth(t *testing.T) {
	for text, want := range map[string]int{
		"": 0, "abc": 3, "é": 1, "e\u0301": 1, "漢字": 4, "שלום": 4, "ｶﾅ": 2, "Ａ": 2, "🔑": 2, "…": 1,
	} {
		if got := Width(text); got != want {
			t.Errorf("%q: %d cells, must be %d", text, got, want)
		}
	}
	for _, c := range []struct {
		text       string
		most       int
		head, rest string
	}{
		{"abc", 2, "ab", "c"}, {"abc", 3, "abc", ""}, {"漢字", 3, "漢", "字"}, {"漢字", 1, "漢", "字"}, {"e\u0301x", 1, "e\u0301", "x"}, {"", 0, "", ""}, {"ab", 0, "a", "b"},
	} {
		if head, rest := Cut(c.text, c.most); head != c.head || rest != c.rest {
			t.Errorf("%q to %d: %q, %q", c.text, c.most, head, rest)
		}
	}
}
