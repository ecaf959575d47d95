package main

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"time"
)

// A benchmark is one of the repository's own, which measures calls in a process. The
// numbers are medians, by their units as `go test -bench` prints them.
type benchmark struct {
	name    string
	numbers map[string]float64
}

const (
	ageRead   = "BenchmarkRead/age"
	ourRead   = "BenchmarkRead/vault=1000"
	agentRead = "BenchmarkReadsApart"
)

// calls runs the benchmarks: a read by the library beside age.Decrypt, and an agent
// that 8 clients ask at once.
func (b *bench) calls() ([]benchmark, error) {
	say("measuring: single calls")
	var all []string
	for _, run := range [][2]string{
		{"./vault", "^BenchmarkRead$/^(age|vault=1000)$"},
		{"./vault/agent/server", "^" + agentRead + "$"},
	} {
		cmd := exec.Command("go", "test", run[0], "-run", "^$", "-bench", run[1], "-count", "5")
		cmd.Dir, cmd.Env = b.root, append(os.Environ(), "CGO_ENABLED=0")
		out, err := cmd.Output()
		if err != nil {
			return nil, fmt.Errorf("%s: %w: %s", strings.Join(cmd.Args, " "), err, lastLines(string(out)))
		}
		all = append(all, string(out))
	}
	return parseBenchmarks(strings.Join(all, "\n")), nil
}

// parseBenchmarks reads what `go test -bench` prints: a name with the number of
// processors, how often it ran, and numbers with their units.
func parseBenchmarks(out string) (list []benchmark) {
	numbers := map[string]map[string][]float64{}
	var names []string
	for s := bufio.NewScanner(strings.NewReader(out)); s.Scan(); {
		words := strings.Fields(s.Text())
		if len(words) < 4 || !strings.HasPrefix(words[0], "Benchmark") {
			continue
		}
		name := words[0]
		if i := strings.LastIndexByte(name, '-'); i > 0 {
			name = name[:i]
		}
		if numbers[name] == nil {
			numbers[name] = map[string][]float64{}
			names = append(names, name)
		}
		for i := 2; i+1 < len(words); i += 2 {
			if n, err := strconv.ParseFloat(words[i], 64); err == nil {
				numbers[name][words[i+1]] = append(numbers[name][words[i+1]], n)
			}
		}
	}
	for _, name := range names {
		m := benchmark{name: name, numbers: map[string]float64{}}
		for unit, all := range numbers[name] {
			slices.Sort(all)
			m.numbers[unit] = all[len(all)/2]
		}
		list = append(list, m)
	}
	return list
}

// number is that of a benchmark, 0 if it was not measured.
func (r report) number(name, unit string) float64 {
	for _, m := range r.calls {
		if m.name == name {
			return m.numbers[unit]
		}
	}
	return 0
}

// callsTable has a line for each benchmark.
func (r report) callsTable() table {
	t := table{head: []string{"", "µs", "×", "a second", "p50 ms", "p99 ms"}}
	base := r.number(ageRead, "ns/op")
	add := func(label, name string) {
		ns := r.number(name, "ns/op")
		if ns == 0 {
			return
		}
		cells := []string{label, number(ns / 1000), "–", thousands(int(1e9 / ns)), "–", "–"}
		if rate := r.number(name, "reads/s"); rate > 0 {
			cells[1], cells[3] = "–", thousands(int(rate))
			cells[4], cells[5] = number(r.number(name, "p50-ms")), number(r.number(name, "p99-ms"))
		} else if base > 0 {
			cells[2] = number(ns / base)
		}
		t.lines = append(t.lines, cells)
	}
	add("`age.Decrypt` of 100 bytes", ageRead)
	add("the library’s `Read` of 100 bytes, with its proof", ourRead)
	add("reads through an agent, 8 clients at once", agentRead)
	return t
}

// readAim is the library's read beside age's.
func readAim(r report) (string, bool) {
	ours, ages := r.number(ourRead, "ns/op"), r.number(ageRead, "ns/op")
	if ours == 0 || ages == 0 {
		return "", false
	}
	return number(ours / ages), ours <= 0.5*ages
}

// agentAim is an agent under load.
func agentAim(r report) (string, bool) {
	rate, slow := r.number(agentRead, "reads/s"), r.number(agentRead, "p99-ms")
	if rate == 0 {
		return "", false
	}
	return fmt.Sprintf("%s a second, %s ms", thousands(int(rate)), number(slow)), rate >= 9000 && slow <= 4
}

// exportAim is age.Decrypt, as often as there are secrets, to an export of them.
func exportAim(r report) (string, bool) {
	one, all := r.number(ageRead, "ns/op"), r.of(100_000).find("export").wall
	if one == 0 || all == 0 {
		return "", false
	}
	x := ratio(time.Duration(100_000*one), all)
	return number(x) + " ×", x >= 2.8
}
