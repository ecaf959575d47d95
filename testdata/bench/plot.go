package main

import (
	"encoding/xml"
	"fmt"
	"math"
	"slices"
	"strings"
)

// The plot has a panel of bars for a get and a set, and one of lines for the growth.
// Sizes are in pixels. Both axes of numbers are logarithmic: a step to the right, or up,
// is as many times more.
const (
	plotWidth = 860
	margin    = 20
	labels    = 190 // room for names, left of the bars
	barHeight = 22
	lineRoom  = 300 // height of the panel of lines
	lineNames = 200 // room for names, right of the lines
)

const (
	ourColor   = "#1f6feb"
	ageColor   = "#444444"
	otherColor = "#b0b4ba"
)

var lineColors = []string{"#1f6feb", "#d1242f", "#1a7f37", "#9a6700", "#8250df", "#444444"}

// A drawing is an SVG that grows downwards.
type drawing struct {
	body strings.Builder
	y    float64
}

func (d *drawing) text(x, y float64, anchor, color string, size int, text string) {
	fmt.Fprintf(&d.body, `<text x="%.1f" y="%.1f" text-anchor="%s" fill="%s" font-size="%d">`, x, y, anchor, color, size)
	_ = xml.EscapeText(&d.body, []byte(text)) // to memory
	d.body.WriteString("</text>\n")
}

func (d *drawing) line(x1, y1, x2, y2 float64, color string) {
	fmt.Fprintf(&d.body, `<line x1="%.1f" y1="%.1f" x2="%.1f" y2="%.1f" stroke="%s"/>`+"\n", x1, y1, x2, y2, color)
}

// svg is the whole drawing on white.
func (d *drawing) svg() string {
	height := d.y + margin
	return fmt.Sprintf(`<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%.0f" viewBox="0 0 %d %.0f" font-family="sans-serif">`+"\n",
		plotWidth, height, plotWidth, height) +
		fmt.Sprintf(`<rect width="%d" height="%.0f" fill="#ffffff"/>`+"\n", plotWidth, height) + d.body.String() + "</svg>\n"
}

// plot draws a report.
func (r report) plot() string {
	d := &drawing{y: margin}
	for _, s := range r.sections {
		if s.key == get || s.key == set {
			d.bars(s)
		}
	}
	if len(r.sizes()) > 1 {
		d.lines(r.sizes())
	}
	return d.svg()
}

// bars draws the wall time of each row as a ratio to the first.
func (d *drawing) bars(s section) {
	most := 2.0
	for _, r := range s.rows {
		most = max(most, ratio(r.median.wall, s.rows[0].median.wall))
	}
	left, right := float64(margin+labels), float64(plotWidth-margin-50)
	const least = 0.5 // where the bars begin
	at := func(x float64) float64 { return left + (right-left)*math.Log(x/least)/math.Log(most/least) }
	d.text(margin, d.y+14, "start", "#000000", 15, s.title+": times "+s.rows[0].name+" (clock, logarithmic)")
	d.y += 26
	top, bottom := d.y, d.y+float64(barHeight*len(s.rows))
	for _, tick := range []float64{0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500} {
		if tick > most {
			break
		}
		d.line(at(tick), top, at(tick), bottom+3, "#e0e0e0")
		d.text(at(tick), bottom+16, "middle", "#555555", 11, number1(tick))
	}
	for _, r := range s.rows {
		d.text(left-8, d.y+15, "end", "#000000", 12, ours(r.name))
		x := ratio(r.median.wall, s.rows[0].median.wall)
		if x == 0 {
			d.text(left+4, d.y+15, "start", "#555555", 12, "failed")
		} else {
			fmt.Fprintf(&d.body, `<rect x="%.1f" y="%.1f" width="%.1f" height="%d" fill="%s"/>`+"\n",
				left, d.y+3, max(1, at(max(x, least))-left), barHeight-6, color(r.name))
			d.text(at(max(x, least))+5, d.y+15, "start", "#000000", 12, number(x))
		}
		d.y += barHeight
	}
	d.y += 40
}

// number1 is a number as short as it goes.
func number1(x float64) string { return fmt.Sprintf("%g", x) }

// isOurs tells the rows of tacit from others.
func isOurs(name string) bool {
	return strings.HasPrefix(name, oneProgram) || strings.HasPrefix(name, small)
}

// ours says what the tables leave out.
func ours(name string) string {
	if isOurs(name) {
		return "tacit, " + name
	}
	return name
}

func color(name string) string {
	switch {
	case isOurs(name):
		return ourColor
	case strings.HasPrefix(name, "age "):
		return ageColor
	}
	return otherColor
}

// lines draws what each command takes as the vault grows.
func (d *drawing) lines(sizes []grown) {
	d.text(margin, d.y+14, "start", "#000000", 15, "Growth: milliseconds (clock) by secrets in the vault, both logarithmic")
	d.y += 26
	names := plotted(sizes)
	low, high := math.Inf(1), 0.0
	for _, name := range names {
		for _, g := range sizes {
			ms := g.find(name).wall.Seconds() * 1000
			low, high = min(low, ms), max(high, ms)
		}
	}
	low, high = math.Pow(10, math.Floor(math.Log10(low))), math.Pow(10, math.Ceil(math.Log10(high)))
	left, right := float64(margin+50), float64(plotWidth-margin-lineNames)
	first, last := float64(sizes[0].size), float64(sizes[len(sizes)-1].size)
	atX := func(n float64) float64 { return left + (right-left)*math.Log(n/first)/math.Log(last/first) }
	atY := func(ms float64) float64 { return d.y + lineRoom*(1-math.Log(ms/low)/math.Log(high/low)) }
	for ms := low; ms <= high*1.001; ms *= 10 {
		d.line(left, atY(ms), right, atY(ms), "#e0e0e0")
		d.text(left-8, atY(ms)+4, "end", "#555555", 11, number1(ms))
	}
	for _, g := range sizes {
		d.text(atX(float64(g.size)), d.y+lineRoom+18, "middle", "#555555", 11, thousands(g.size))
	}
	var ends []float64
	for i, name := range names {
		var points []string
		for _, g := range sizes {
			points = append(points, fmt.Sprintf("%.1f,%.1f", atX(float64(g.size)), atY(g.find(name).wall.Seconds()*1000)))
		}
		fmt.Fprintf(&d.body, `<polyline points="%s" fill="none" stroke="%s" stroke-width="2"/>`+"\n", strings.Join(points, " "), lineColors[i%len(lineColors)])
		ends = append(ends, atY(sizes[len(sizes)-1].find(name).wall.Seconds()*1000))
	}
	for i, y := range apart(ends, 15) {
		d.text(right+8, y+4, "start", lineColors[i%len(lineColors)], 12, names[i])
	}
	d.y += lineRoom + 30
}

// plotted are the commands that were measured often, at every size.
func plotted(sizes []grown) (names []string) {
	for _, r := range sizes[0].rows {
		if strings.Contains(r.name, ", ") && !slices.ContainsFunc(sizes, func(g grown) bool { return g.find(r.name).wall == 0 }) {
			names = append(names, r.name)
		}
	}
	return names
}

// apart moves heights so far down that no two are closer than a gap.
func apart(heights []float64, gap float64) []float64 {
	order := make([]int, len(heights))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int {
		if heights[a] < heights[b] {
			return -1
		}
		return 1
	})
	moved := slices.Clone(heights)
	for k := 1; k < len(order); k++ {
		moved[order[k]] = max(moved[order[k]], moved[order[k-1]]+gap)
	}
	return moved
}
