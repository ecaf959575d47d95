package main

import (
	"fmt"
	"time"
)

// An aim is how quick something is to be. reached says how quick it was, whether that
// is enough, and is "" if it was not measured.
type aim struct {
	what, aim string
	reached   func(report) (text string, enough bool)
}

// Ratios are of the clock and, after it, of the processor's time. Both have to hold.
var aims = []aim{
	{"get, one program", "at most 2.0 × age", beside(get, oneProgram, "age -d", 2.0)},
	{"get, front", "at most 1.4 × age", beside(get, small, "age -d", 1.4)},
	{"get, one program, by agent", "at most 1.7 × age", beside(get, oneProgram+byAgent, "age -d", 1.7)},
	{"get, front, by agent", "at most 1.1 × age", beside(get, small+byAgent, "age -d", 1.1)},
	{"get with sops", "at least 3 × front", slower(get, "sops decrypt", small, 3)},
	{"get with pass", "at least 5 × front", slower(get, "pass show", small, 5)},
	{"get with keepassxc-cli", "at least 20 × front", slower(get, "keepassxc-cli show", small, 20)},
	{"run with 100 secrets, front, above `true`", "at most get + 6.5 ms", runAbove},
	{"set, one program", "at most 5 × age", beside(set, oneProgram, "age -e", 5)},
	{"set with pass", "at least 1 × one program", slower(set, "pass insert", oneProgram, 1)},
	{"set, front, by agent", "at most 1.6 × age", beside(set, small+byAgent, "age -e", 1.6)},
	{"get, 1,000 to 1,000,000, front", "at most 1.3 ×", flat("get, "+small, 1.3)},
	{"get, 1,000 to 1,000,000, one program", "at most 1.3 ×", flat("get, "+oneProgram, 1.3)},
	{"set, 1,000 to 1,000,000", "at most 1.6 ×", flat("set, "+oneProgram, 1.6)},
	{"ls of 1,000,000", "at most 1.6 s, 300 MiB", within(1_000_000, "ls, "+small, 1600*time.Millisecond, 300<<20)},
	{"completion among 1,000,000", "at most 0.15 s", within(1_000_000, "completion, "+small, 150*time.Millisecond, 1<<40)},
	{"import of 250,000 at once", "at least 8,000 a second, at most 400 MB", importing},
	{"export of 100,000", "at most 96 MiB", within(100_000, "export", time.Hour, 96<<20)},
	{"export of 100,000, beside `age.Decrypt` in a loop", "at least 2.8 × quicker", exportAim},
	{"library, `Read` of 100 bytes", "at most 0.5 × `age.Decrypt`", readAim},
	{"agent, 8 clients", "at least 9,000 a second, p99 at most 4 ms", agentAim},
	{"disk a secret, at every size", "at most 560 bytes", onDisk},
}

// aimsTable has the aims that the run can speak of.
func (r report) aimsTable() table {
	t := table{head: []string{"what", "aim", "reached", "enough"}}
	for _, a := range aims {
		text, enough := a.reached(r)
		if text == "" {
			continue
		}
		word := "no"
		if enough {
			word = "yes"
		}
		t.lines = append(t.lines, []string{a.what, a.aim, text, word})
	}
	return t
}

// beside is a row of a section to another one, which it is at most so many times.
func beside(key, name, base string, most float64) func(report) (string, bool) {
	return func(r report) (string, bool) {
		a, b := r.find(key, name), r.find(key, base)
		wall, cpu := ratio(a.wall, b.wall), ratio(a.cpu, b.cpu)
		if wall == 0 {
			return "", false
		}
		return number(wall) + ", " + number(cpu), wall <= most && cpu <= most
	}
}

// slower is how much longer another program takes: at least so many times.
func slower(key, other, ours string, least float64) func(report) (string, bool) {
	return func(r report) (string, bool) {
		a, b := r.find(key, other), r.find(key, ours)
		wall, cpu := ratio(a.wall, b.wall), ratio(a.cpu, b.cpu)
		if wall == 0 {
			return "", false
		}
		return number(wall) + ", " + number(cpu), wall >= least && cpu >= least
	}
}

// runAbove is what `run` adds to the program that it starts: a get, 45 µs for each of
// the secrets, and 2 ms.
func runAbove(r report) (string, bool) {
	with, without, get1 := r.find(runs, "100 secrets, "+small), r.find(runs, "true"), r.find(runs, "get, "+small)
	if with.wall == 0 || get1.wall == 0 {
		return "", false
	}
	above := with.wall - without.wall
	return fmt.Sprintf("%s ms, get %s ms", milliseconds(above), milliseconds(get1.wall)), above <= get1.wall+6500*time.Microsecond
}

// flat is a command with the largest vault to the same with the smallest.
func flat(name string, most float64) func(report) (string, bool) {
	return func(r report) (string, bool) {
		a, b := r.of(1_000_000).find(name), r.of(1000).find(name)
		wall, cpu := ratio(a.wall, b.wall), ratio(a.cpu, b.cpu)
		if wall == 0 {
			return "", false
		}
		return number(wall) + ", " + number(cpu), wall <= most && cpu <= most
	}
}

// within is a command with a vault of one size, which takes at most so long and so much.
func within(size int, name string, long time.Duration, much int64) func(report) (string, bool) {
	return func(r report) (string, bool) {
		s := r.of(size).find(name)
		if s.wall == 0 {
			return "", false
		}
		return fmt.Sprintf("%s s, %s MiB", number(s.wall.Seconds()), mebibytes(s.peak)), s.wall <= long && s.peak <= much
	}
}

// importing looks at the first import of a large vault, which fills an empty one.
func importing(r report) (string, bool) {
	for _, g := range r.sizes() {
		if g.size < part {
			continue
		}
		s := g.imports[0]
		rate := part / s.wall.Seconds()
		return fmt.Sprintf("%s a second, %s MB", thousands(int(rate)), number(float64(s.peak)/1e6)), rate >= 8000 && s.peak <= 400e6
	}
	return "", false
}

// onDisk looks at the size where a secret takes most.
func onDisk(r report) (string, bool) {
	most := 0
	for _, g := range r.sizes() {
		most = max(most, int(g.disk)/g.size)
	}
	if most == 0 {
		return "", false
	}
	return fmt.Sprintf("%d bytes", most), most <= 560
}
