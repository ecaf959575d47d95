package main

import (
	"bytes"
	"fmt"
	"html"
)

// What a cell measures, in pixels, and the edge around all of them.
const (
	wide, high = 8.4, 19.0
	baseline   = 14.0
	edge       = 14.0
)

// styles are the roles in both schemes. A badge has both of its colours set, so that it
// can be read on any background; nothing else is coloured but one word of a failure.
const styles = `
text { font: 14px ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace; fill: #1f2328 }
.page { fill: #ffffff; stroke: #d0d7de }
.strong, .alarm { font-weight: bold }
.matched { text-decoration: underline }
text.alarm { fill: #b3261e }
text.wrong { fill: #ffffff }
rect.wrong { fill: #b3261e }
text.look { fill: #000000 }
rect.look { fill: #d4a017 }
text.chosen { fill: #ffffff }
rect.chosen { fill: #1f2328 }
@media (prefers-color-scheme: dark) {
text { fill: #e6edf3 }
.page { fill: #0d1117; stroke: #3d444d }
text.alarm { fill: #ff7b72 }
text.chosen { fill: #0d1117 }
rect.chosen { fill: #e6edf3 }
}
`

// svg draws the screen. The title is for those who cannot see it.
func (s screen) svg(title string) []byte {
	width, height := columns*wide+2*edge, float64(len(s.lines))*high+2*edge
	var b bytes.Buffer
	fmt.Fprintf(&b, "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %g %g\" width=\"%g\" height=\"%g\" role=\"img\">\n", width, height, width, height)
	fmt.Fprintf(&b, "<title>%s</title>\n<style>%s</style>\n", html.EscapeString(title), styles)
	fmt.Fprintf(&b, "<rect class=\"page\" x=\"0.5\" y=\"0.5\" width=\"%g\" height=\"%g\" rx=\"6\"/>\n", width-1, height-1)
	for y, line := range s.lines {
		for _, w := range words(line) {
			w.draw(&b, edge+float64(y)*high)
		}
	}
	b.WriteString("</svg>\n")
	return b.Bytes()
}

// A word is cells of one role that stand together. Each is put where the terminal has it,
// whatever font draws it.
type word struct {
	at    int
	cells []cell
}

// words takes a line apart. A badge keeps its spaces.
func words(line []cell) (list []word) {
	for at, c := range line {
		blank := c.text == ' ' && (c.role == "" || c.role == "strong" || c.role == "alarm")
		last := len(list) - 1
		switch {
		case blank:
		case last >= 0 && list[last].at+len(list[last].cells) == at && list[last].cells[0].role == c.role:
			list[last].cells = append(list[last].cells, c)
		default:
			list = append(list, word{at, []cell{c}})
		}
	}
	return list
}

// draw draws a word on the line that begins at a height.
func (w word) draw(b *bytes.Buffer, top float64) {
	role := w.cells[0].role
	x, width := edge+float64(w.at)*wide, float64(len(w.cells))*wide
	class := ""
	if role != "" {
		class = fmt.Sprintf(" class=%q", role)
	}
	switch role {
	case "wrong", "look", "chosen":
		fmt.Fprintf(b, "<rect%s x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\"/>\n", class, x, top, width, high)
	}
	fmt.Fprintf(b, "<text%s x=\"%.1f\" y=\"%.1f\" textLength=\"%.1f\">%s</text>\n", class, x, top+baseline, width, html.EscapeString(text(w.cells)))
}
