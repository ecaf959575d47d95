package main

import (
	"fmt"
	"strings"
	"text/tabwriter"
	"time"
)

// A table has a head and lines of as many cells. The first column is text.
type table struct {
	head  []string
	lines [][]string
}

// text aligns the columns for a terminal.
func (t table) text() string {
	var out strings.Builder
	w := tabwriter.NewWriter(&out, 0, 0, 2, ' ', 0)
	for _, line := range append([][]string{t.head}, t.lines...) {
		fmt.Fprintln(w, strings.Join(line, "\t"))
	}
	_ = w.Flush() // to memory
	return out.String()
}

// markdown is the same for a document.
func (t table) markdown() string {
	var out strings.Builder
	row := func(cells []string) { fmt.Fprintln(&out, "| "+strings.Join(cells, " | ")+" |") }
	row(t.head)
	out.WriteString("|---" + strings.Repeat("|--:", len(t.head)-1) + "|\n")
	for _, line := range t.lines {
		row(line)
	}
	return out.String()
}

// table has the rows of a section, with their ratios to the first one.
func (s section) table() table {
	t := table{head: []string{"", "ms", "×", "processor ms", "×", "page faults", "peak MiB"}}
	base := s.rows[0].median
	for _, r := range s.rows {
		if r.failed != nil {
			t.lines = append(t.lines, []string{r.name, "failed", "–", "–", "–", "–", "–"})
			continue
		}
		m := r.median
		t.lines = append(t.lines, []string{
			r.name, milliseconds(m.wall), times(ratio(m.wall, base.wall)), milliseconds(m.cpu), times(ratio(m.cpu, base.cpu)),
			thousands(int(m.faults)), mebibytes(m.peak),
		})
	}
	return t
}

// growthTable has a line for what was measured and a column for each size: what the
// clock and the processor took, in milliseconds, and the peak in MiB.
func (r report) growthTable() table {
	t := table{head: []string{"secrets"}}
	sizes := r.sizes()
	for _, g := range sizes {
		t.head = append(t.head, thousands(g.size))
	}
	line := func(name string, cell func(grown) string) {
		cells := []string{name}
		for _, g := range sizes {
			cells = append(cells, cell(g))
		}
		t.lines = append(t.lines, cells)
	}
	line("import, secrets a second", func(g grown) string { return thousands(int(g.perSecond())) })
	line("import, peak MiB", func(g grown) string { return mebibytes(g.importPeak()) })
	line("disk, bytes a secret", func(g grown) string { return thousands(int(g.disk) / g.size) })
	for i, named := range sizes[0].rows {
		line(named.name, func(g grown) string {
			if g.rows[i].failed != nil {
				return "failed"
			}
			m := g.rows[i].median
			return milliseconds(m.wall) + " · " + milliseconds(m.cpu) + " · " + mebibytes(m.peak)
		})
	}
	return t
}

func milliseconds(d time.Duration) string {
	ms := d.Seconds() * 1000
	if ms >= 1000 {
		return thousands(int(ms + 0.5))
	}
	return number(ms)
}

func mebibytes(bytes int64) string { return number(float64(bytes) / (1 << 20)) }

// number has three digits that count.
func number(x float64) string {
	switch {
	case x >= 100:
		return fmt.Sprintf("%.0f", x)
	case x >= 10:
		return fmt.Sprintf("%.1f", x)
	default:
		return fmt.Sprintf("%.2f", x)
	}
}

// times is a ratio, or a dash if there is none.
func times(x float64) string {
	if x == 0 {
		return "–"
	}
	return number(x)
}

// text is the whole report for a terminal.
func (r report) text() string {
	var out strings.Builder
	for _, line := range r.about() {
		fmt.Fprintln(&out, line)
	}
	for _, s := range r.sections {
		fmt.Fprintf(&out, "\n%s\n%s", s.title, s.table().text())
		for _, f := range s.failures() {
			fmt.Fprintln(&out, f)
		}
	}
	if t := r.callsTable(); len(t.lines) > 0 {
		fmt.Fprintf(&out, "\nSingle calls\n%s", t.text())
	}
	if len(r.growth) > 0 {
		fmt.Fprintf(&out, "\nGrowth: ms by the clock · ms of the processor · peak MiB\n%s%s\n", r.growthTable().text(), r.rotationLine())
	}
	if t := r.aimsTable(); len(t.lines) > 0 {
		fmt.Fprintf(&out, "\nAims\n%s", t.text())
	}
	return out.String()
}

// failures are the rows that could not be measured, with the reason.
func (s section) failures() (list []string) {
	for _, r := range s.rows {
		if r.failed != nil {
			list = append(list, r.name+" failed: "+r.failed.Error())
		}
	}
	return list
}

// rotationLine says what a rotation costs beside what it is made of.
func (r report) rotationLine() string {
	g := r.rotation()
	if len(g.imports) == 0 {
		return ""
	}
	turn, out := g.find("rotate"), g.find("export")
	return fmt.Sprintf("A rotation of %s secrets takes %s ms, %s µs of a processor for each. That is %s of what an import and an export of them take.",
		thousands(g.size), milliseconds(turn.wall), number(float64(turn.cpu.Microseconds())/float64(g.size)), number(ratio(turn.cpu, out.cpu+g.imports[0].cpu)))
}
