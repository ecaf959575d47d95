package main

import (
	"strings"
	"testing"
	"time"
)

const printed = `goos: linux
pkg: example.com/vault
BenchmarkRead/age-2         	   10000	    120000 ns/op
BenchmarkRead/age-2         	   10000	    100000 ns/op
BenchmarkRead/age-2         	   10000	    999000 ns/op
BenchmarkRead/vault=1000-2  	   20000	     50000 ns/op
BenchmarkReadsApart-2       	   20000	    110000 ns/op	         0.40 p50-ms	         3.90 p99-ms	      9100 reads/s
PASS
`

func TestCalls(t *testing.T) {
	r := report{calls: parseBenchmarks(printed)}
	if n := r.number(ageRead, "ns/op"); n != 120000 {
		t.Errorf("the median is %v", n)
	}
	for _, c := range []struct {
		reached func(report) (string, bool)
		text    string
		enough  bool
	}{
		{readAim, "0.42", true},
		{agentAim, "9,100 a second, 3.90 ms", true},
		{exportAim, "", false}, // no vault of that size was measured
	} {
		if text, enough := c.reached(r); text != c.text || enough != c.enough {
			t.Errorf("%q, %v, want %q, %v", text, enough, c.text, c.enough)
		}
	}
	r.growth = []grown{{size: 100_000, rows: []row{{name: "export", median: sample{wall: 4 * time.Second}}}}, {}}
	if text, enough := exportAim(r); text != "3.00 ×" || !enough {
		t.Errorf("an export: %q, %v", text, enough)
	}
	text := r.callsTable().text()
	for _, want := range []string{"0.42", "9,100", "3.90", "120"} {
		if !strings.Contains(text, want) {
			t.Errorf("%s is not in\n%s", want, text)
		}
	}
	if lines := (report{}).callsTable().lines; len(lines) > 0 {
		t.Errorf("lines of what was not measured: %v", lines)
	}
}
