package main

import (
	"strings"
	"testing"
)

func TestScreen(t *testing.T) {
	var s screen
	if err := s.write("a \x1b[1mbold one\x1b[0m\r\n\x1b[37;41m[GONE]\x1b[0m <&"); err != nil {
		t.Fatal(err)
	}
	svg := string(s.svg("it's <here>"))
	for _, want := range []string{
		`<text x="14.0" y="28.0" textLength="8.4">a</text>`,
		`<text class="strong" x="30.8" y="28.0" textLength="33.6">bold</text>`,
		`<text class="strong" x="72.8" y="28.0" textLength="25.2">one</text>`,
		`<rect class="wrong" x="14.0" y="33.0" width="50.4" height="19.0"/>`,
		`<text class="wrong" x="14.0" y="47.0" textLength="50.4">[GONE]</text>`,
		`>&lt;&amp;</text>`, `<title>it&#39;s &lt;here&gt;</title>`,
	} {
		if !strings.Contains(svg, want) {
			t.Errorf("no %s in\n%s", want, svg)
		}
	}
}

// What cannot be drawn is refused, and not left out.
func TestScreenRefuses(t *testing.T) {
	for _, sent := range []string{"\x1b[2J", "\x1b[34mblue", "a\rb", "\a", "日本", strings.Repeat("x", columns+1), strings.Repeat("x\r\n", rows+1)} {
		var s screen
		if err := s.write(sent); err == nil {
			t.Errorf("%q is drawn: %s", sent, s.svg(""))
		}
	}
}
