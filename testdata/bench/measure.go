package main

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime/debug"
	"slices"
	"strings"
	"syscall"
	"time"
)

// A command is a process to measure. All of them have the same environment.
type command struct {
	name  string
	args  []string // the first is a path
	stdin string   // a file; "": nothing to read
	dir   string
	extra []string // of the environment
}

// A sample is what one process took.
type sample struct {
	wall, cpu time.Duration
	faults    int64 // minor ones: pages that the kernel mapped without reading the disk
	peak      int64 // resident memory in bytes
}

// try runs a command once, unmeasured, and says what it printed if it fails.
func (c command) try(env []string) error {
	cmd := exec.Command(c.args[0], c.args[1:]...)
	cmd.Dir, cmd.Env = c.dir, slices.Concat(env, c.extra)
	if c.stdin != "" {
		in, err := os.Open(c.stdin)
		if err != nil {
			return err
		}
		defer in.Close()
		cmd.Stdin = in
	}
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%w: %s", err, lastLines(string(out)))
	}
	return nil
}

// lastLines is the end of what a program printed, in one line that is not long.
func lastLines(out string) string {
	const most = 200
	lines := strings.Split(strings.TrimSpace(out), "\n")
	line := strings.Join(lines[max(0, len(lines)-3):], " / ")
	if len(line) > most {
		line = strings.ToValidUTF8(line[:most], "") + "…"
	}
	return line
}

// run starts a process with as little around it as Go allows, and waits for it.
func (c command) run(env []string) (s sample, err error) {
	in, err := os.Open(cmp.Or(c.stdin, os.DevNull))
	if err != nil {
		return s, err
	}
	defer in.Close()
	out, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	if err != nil {
		return s, err
	}
	defer out.Close()
	attr := &syscall.ProcAttr{Dir: c.dir, Env: slices.Concat(env, c.extra), Files: []uintptr{in.Fd(), out.Fd(), out.Fd()}}
	start := time.Now()
	pid, err := syscall.ForkExec(c.args[0], c.args, attr)
	if err != nil {
		return s, fmt.Errorf("%s: %w", c.args[0], err)
	}
	var status syscall.WaitStatus
	var used syscall.Rusage
	for {
		if _, err = syscall.Wait4(pid, &status, 0, &used); !errors.Is(err, syscall.EINTR) {
			break
		}
	}
	s.wall = time.Since(start)
	if err != nil {
		return s, fmt.Errorf("waiting for %s: %w", c.args[0], err)
	}
	if status.ExitStatus() != 0 {
		return s, fmt.Errorf("%s: exit status %d", strings.Join(c.args, " "), status.ExitStatus())
	}
	s.cpu = time.Duration(used.Utime.Nano() + used.Stime.Nano())
	s.faults, s.peak = used.Minflt, used.Maxrss<<10
	return s, nil
}

// measure runs all commands in turn, as often as there are rounds. Each round begins
// with another of them, so that what disturbs the machine falls on all alike.
func measure(commands []command, rounds int, env []string) []row {
	rows := make([]row, len(commands))
	samples := make([][]sample, len(commands))
	for i, c := range commands {
		rows[i].name = c.name
		rows[i].failed = c.try(env)
	}
	forgetPeak()
	for round := range rounds {
		for j := range commands {
			i := (j + round) % len(commands)
			if rows[i].failed != nil {
				continue
			}
			s, err := commands[i].run(env)
			if err != nil {
				rows[i].failed = err
				continue
			}
			samples[i] = append(samples[i], s)
		}
	}
	for i := range rows {
		rows[i].summarize(samples[i])
	}
	return rows
}

// forgetPeak makes the kernel forget how large this program has been: a process that
// it starts inherits that as its own peak.
func forgetPeak() {
	debug.FreeOSMemory()
	_ = os.WriteFile("/proc/self/clear_refs", []byte("5"), 0)
}
