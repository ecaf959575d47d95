package main

import (
	"encoding/xml"
	"errors"
	"io"
	"os/exec"
	"strings"
	"testing"
	"time"
)

func samplesOf(ms ...int) (list []sample) {
	for _, n := range ms {
		list = append(list, sample{wall: time.Duration(n) * time.Millisecond})
	}
	return list
}

func TestMedian(t *testing.T) {
	for _, c := range []struct {
		samples []sample
		want    time.Duration
	}{
		{nil, 0},
		{samplesOf(7), 7 * time.Millisecond},
		{samplesOf(9, 1, 5), 5 * time.Millisecond},
		{samplesOf(100, 1, 4, 2), 3 * time.Millisecond},
	} {
		if got := median(c.samples, func(s sample) time.Duration { return s.wall }); got != c.want {
			t.Errorf("median of %v is %v, want %v", c.samples, got, c.want)
		}
	}
}

func TestRatio(t *testing.T) {
	if got := ratio(3*time.Second, 2*time.Second); got != 1.5 {
		t.Errorf("3 to 2 is %v", got)
	}
	for _, pair := range [][2]int64{{0, 1}, {1, 0}, {-1, 1}} {
		if got := ratio(pair[0], pair[1]); got != 0 {
			t.Errorf("what was not measured has the ratio %v", got)
		}
	}
}

func TestNumbers(t *testing.T) {
	for x, want := range map[float64]string{0.123: "0.12", 1.5: "1.50", 12.34: "12.3", 1234: "1234"} {
		if got := number(x); got != want {
			t.Errorf("%v is written %s, want %s", x, got, want)
		}
	}
	for n, want := range map[int]string{7: "7", 1000: "1,000", 1234567: "1,234,567"} {
		if got := thousands(n); got != want {
			t.Errorf("%d is written %s, want %s", n, got, want)
		}
	}
}

// measured is a section in which each row takes so many milliseconds.
func measured(key, title string, ms map[string]int, order ...string) section {
	s := section{key: key, title: title}
	for _, name := range order {
		d := time.Duration(ms[name]) * time.Millisecond
		s.rows = append(s.rows, row{name: name, median: sample{wall: d, cpu: d, faults: 1234, peak: 5 << 20}})
	}
	return s
}

func someReport() report {
	r := report{sections: []section{measured(get, "Get", map[string]int{"age -d": 10, small: 12, "pass show": 90}, "age -d", small, "pass show")}}
	r.sections[0].rows = append(r.sections[0].rows, row{name: "sops <decrypt>", failed: errors.New("exit status 1")})
	for _, size := range []int{1000, 1_000_000} {
		ms := map[string]int{"get, front": 10 + size/200_000, "export": size / 100}
		g := grown{size: size, disk: int64(size) * 500, imports: samplesOf(max(1, size/20)), rows: measured("", "", ms, "get, front", "export").rows}
		r.growth = append(r.growth, g)
	}
	return r.with(grown{size: 10_000, imports: samplesOf(1000), rows: measured("", "", map[string]int{"export": 1000, "rotate": 2000}, "export", "rotate").rows})
}

// with adds a rotation.
func (r report) with(g grown) report {
	r.growth = append(r.growth, g)
	return r
}

func TestTables(t *testing.T) {
	text, page := someReport().text(), someReport().page()
	for _, want := range []string{
		"front           12.0    1.20  12.0", "pass show       90.0    9.00", "sops <decrypt>  failed", "sops <decrypt> failed: exit status 1",
		"get, front                10.0 · 10.0 · 5.00  15.0 · 15.0 · 5.00", "disk, bytes a secret      500                 500",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
	for _, want := range []string{
		"| front | 12.0 | 1.20 |", "| get, front | at most 1.4 × age | 1.20, 1.20 | yes |", "| get with pass | at least 5 × front | 7.50, 7.50 | yes |",
		"| get, 1,000 to 1,000,000, front | at most 1.3 × | 1.50, 1.50 | no |",
	} {
		if !strings.Contains(page, want) {
			t.Errorf("no %q in\n%s", want, page)
		}
	}
}

// TestPlot: the drawing is well formed, and shows what failed as well.
func TestPlot(t *testing.T) {
	for name, r := range map[string]report{"all": someReport(), "nothing": {}, "one size": {growth: someReport().growth[1:]}} {
		svg := someReport().plot()
		d := xml.NewDecoder(strings.NewReader(svg))
		for {
			if _, err := d.Token(); errors.Is(err, io.EOF) {
				break
			} else if err != nil {
				t.Fatalf("%s: %v\n%s", name, err, svg)
			}
		}
		if r.plot() == "" || strings.Contains(r.plot(), "NaN") || strings.Contains(r.plot(), "Inf") {
			t.Errorf("%s:\n%s", name, r.plot())
		}
	}
	for _, want := range []string{"sops &lt;decrypt&gt;", "failed", "tacit, front", "<polyline", "1,000,000"} {
		if !strings.Contains(someReport().plot(), want) {
			t.Errorf("the plot has no %s", want)
		}
	}
}

func TestApart(t *testing.T) {
	got := apart([]float64{50, 10, 12, 51}, 10)
	if got[0] != 50 || got[1] != 10 || got[2] != 20 || got[3] != 60 {
		t.Errorf("%v", got)
	}
}

func TestParse(t *testing.T) {
	o, err := parse([]string{"-compare", "HEAD~1"})
	if err != nil || o.rounds != 40 || o.secrets != 1000 {
		t.Errorf("%+v, %v", o, err)
	}
	o, err = parse([]string{"-sizes", "10,20", "-growth"})
	if err != nil || o.rounds != 15 || len(o.sizes) != 2 {
		t.Errorf("%+v, %v", o, err)
	}
	for _, args := range [][]string{{"more"}, {"-sizes", "many"}, {"-rounds", "-1"}, {"-secrets", "0"}, {"-compare", "HEAD", "-write"}} {
		if _, err := parse(args); err == nil {
			t.Errorf("%q is taken", args)
		}
	}
}

// TestSmoke runs the whole command, small, with what is installed.
func TestSmoke(t *testing.T) {
	if testing.Short() {
		t.Skip("it builds tacit and makes keys for other programs")
	}
	out, err := exec.Command("go", "run", ".", "-rounds", "1", "-secrets", "3", "-no-install", "-growth", "-sizes", "4,5").CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for _, want := range []string{"\nGet one secret\n", "\none program  ", "\nfront, by agent  ", "\n3 secrets, front  ", "\nNot measured: passage", "disk, bytes a secret", "A rotation of 5 secrets"} {
		if !strings.Contains(string(out), want) {
			t.Errorf("no %q in\n%s", want, out)
		}
	}
	for line := range strings.Lines(string(out)) {
		if strings.Contains(line, "failed: ") && (strings.Contains(line, oneProgram) || strings.Contains(line, small)) {
			t.Error(line)
		}
	}
}
