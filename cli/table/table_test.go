package table

import (
	"bufio"
	"bytes"
	"regexp"
	"strings"
	"testing"

	"github.com/tacit-vault/tacit/cli/style"
)

func written(t Table, s style.Style, width int) string {
	var b bytes.Buffer
	w := bufio.NewWriter(&b)
	t.Write(w, s, width)
	w.Flush()
	return b.String()
}

func names() Table {
	due := func(text string) Cell {
		return Cell{Line: style.Words(text), Short: "!"}
	}
	return Table{
		Columns: []Column{{Title: "NAME", Least: 8}, {Title: "VER", Right: true, Falls: 2}, {Title: "CHANGED", Falls: 3}, {Title: "EXPIRES", Falls: 4}, {Title: "LABELS", Falls: 1, Least: 10}},
		Rows: [][]Cell{
			{Text("BILLING_DB_PASSWORD"), Text("3"), Text("2h"), due("in 3d !"), Text("env=prod,own=ops")},
			{Text("X"), Text("1041"), Text("40d"), Text("-"), Text("-")},
		},
	}
}

// Columns fall in their order, labels are wrapped first, and names last.
func TestNarrow(t *testing.T) {
	for width, want := range map[int]string{
		0: `
NAME                  VER  CHANGED  EXPIRES  LABELS
BILLING_DB_PASSWORD     3  2h       in 3d !  env=prod,own=ops
X                    1041  40d      -        -
`,
		59: `
NAME                  VER  CHANGED  EXPIRES  LABELS
BILLING_DB_PASSWORD     3  2h       in 3d !  env=prod,
                                             own=ops
X                    1041  40d      -        -
`,
		50: `
NAME                  VER  CHANGED  EXPIRES
BILLING_DB_PASSWORD     3  2h       in 3d !
X                    1041  40d      -
`,
		40: `
NAME                 CHANGED  EXPIRES
BILLING_DB_PASSWORD  2h       in 3d !
X                    40d      -
`,
		30: `
NAME                 EXPIRES
BILLING_DB_PASSWORD  in 3d !
X                    -
`,
		23: `
NAME
BILLING_DB_PASSWORD  !
X
`,
		20: `
NAME
BILLING_DB_        !
PASSWORD
X
`,
		3: `
NAME
BILLING_  !
DB_
PASSWORD
X
`,
	} {
		if got := "\n" + written(names(), style.None, width); got != want {
			t.Errorf("%d cells:%s", width, got)
		}
	}
}

// No line is wider than the terminal down to what a name is wrapped to, whatever is in
// the cells; nothing of a name is lost; and without its marks a table is the table.
func TestEachWidth(t *testing.T) {
	table := names()
	table.Rows = append(table.Rows,
		[]Cell{Text(strings.Repeat("LONG_NAME", 11)), Text("1"), Text("3y"), {Line: style.Line{style.Badge(style.Wrong, "EXPIRED"), {Text: " 27d ago"}}, Short: "!"}, Text("team=漢字漢字漢字漢字,שם=שלום")},
		[]Cell{Text("env=" + strings.Repeat("e\u0301", 90))},
	)
	marks := regexp.MustCompile("\x1b\\[[0-9;]*m")
	for width := 12; width < 140; width++ {
		plain := written(table, style.None, width)
		for line := range strings.Lines(plain) {
			if line = strings.TrimSuffix(line, "\n"); style.Width(line) > width || strings.HasSuffix(line, " ") {
				t.Errorf("%d cells, and a line of %d: %q", width, style.Width(line), line)
			}
		}
		first := ""
		for line := range strings.Lines(plain) {
			cell, _, _ := strings.Cut(line, " ")
			first += strings.TrimSpace(cell)
		}
		if !strings.Contains(first, strings.Repeat("LONG_NAME", 11)) {
			t.Errorf("%d cells: a name is cut:\n%s", width, plain)
		}
		for _, s := range []style.Style{style.Mono, style.Colour} {
			if got := marks.ReplaceAllString(written(table, s, width), ""); got != plain {
				t.Errorf("%d cells, without marks:\n%s\nand not\n%s", width, got, plain)
			}
		}
	}
}

// What a mark is around stays marked where it is wrapped.
func TestWrapMarks(t *testing.T) {
	table := Table{Columns: []Column{{Least: 4}}, Bare: true, Rows: [][]Cell{{{Line: style.Line{{Role: style.Plain, Text: "ab"}, {Role: style.Strong, Text: "cdefgh"}}}}}}
	if got, want := written(table, style.Mono, 4), "ab\x1b[1mcd\x1b[0m\n\x1b[1mefgh\x1b[0m\n"; got != want {
		t.Errorf("%q", got)
	}
}
