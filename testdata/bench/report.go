package main

import (
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"time"
)

// A report is all that a run found.
type report struct {
	command       string
	before, after surroundings
	versions      []string
	missing       []string
	sizesOf       string // of the programs
	sections      []section
	calls         []benchmark
	growth        []grown // the last one is the rotation
}

// surroundings are the machine and the moment.
type surroundings struct {
	time                                 time.Time
	load                                 string
	commit, processor, kernel, goVersion string
}

// lookAround finds out where and when it is.
func lookAround(root string) surroundings {
	s := surroundings{time: time.Now(), load: firstWords("/proc/loadavg", 3), kernel: firstWords("/proc/sys/kernel/osrelease", 1), goVersion: runtime.Version()}
	s.commit, _ = git(root, "describe", "--always", "--dirty", "--exclude", "*")
	s.processor = runtime.GOARCH
	text, _ := os.ReadFile("/proc/cpuinfo")
	for line := range strings.Lines(string(text)) {
		if key, value, _ := strings.Cut(line, ":"); strings.TrimSpace(key) == "model name" {
			s.processor = strings.TrimSpace(value)
		}
	}
	if out, err := exec.Command("stat", "-f", "-c", "%T", os.TempDir()).Output(); err == nil {
		s.kernel += ", " + strings.TrimSpace(string(out))
	}
	if kib := readAhead(os.TempDir()); kib != "" {
		s.kernel += " that is read ahead by " + kib + " KiB"
	}
	return s
}

// firstWords are the first words of a file, "unknown" without it.
func firstWords(path string, n int) string {
	text, err := os.ReadFile(path)
	if err != nil {
		return "unknown"
	}
	words := strings.Fields(string(text))
	return strings.Join(words[:min(n, len(words))], " ")
}

// about are the lines that say what was measured where.
func (r report) about() []string {
	lines := []string{
		fmt.Sprintf("Machine: %s, %d processors, Linux %s, %s.", r.before.processor, runtime.NumCPU(), r.before.kernel, r.before.goVersion),
		fmt.Sprintf("Commit %s, %s. Load average %s before and %s after.", r.before.commit, r.before.time.Format("2 January 2006, 15:04 MST"), r.before.load, r.after.load),
	}
	if r.sizesOf != "" {
		lines = append(lines, r.sizesOf)
	}
	if len(r.versions) > 0 {
		lines = append(lines, "Others: "+strings.Join(r.versions, "; ")+".")
	}
	for _, m := range r.missing {
		lines = append(lines, "Not measured: "+m+".")
	}
	return lines
}

// disturbed tells whether more processes wanted to run than there are processors: the
// first number of a load average is of the last minute. The run itself is one of them.
func (r report) disturbed() bool {
	for _, s := range []surroundings{r.before, r.after} {
		var load float64
		if _, err := fmt.Sscan(s.load, &load); err == nil && load > float64(runtime.NumCPU()) {
			return true
		}
	}
	return false
}

// find is the row of a section.
func (r report) find(key, name string) sample {
	for _, s := range r.sections {
		if s.key == key {
			return s.find(name).median
		}
	}
	return sample{}
}

// of is the vault of that size, and an empty one if it was not measured.
func (r report) of(size int) grown {
	for _, g := range r.sizes() {
		if g.size == size {
			return g
		}
	}
	return grown{}
}

// sizes are the vaults that grow, without the rotation.
func (r report) sizes() []grown { return r.growth[:max(0, len(r.growth)-1)] }

// rotation is the vault that was given new keys.
func (r report) rotation() grown {
	if len(r.growth) == 0 {
		return grown{}
	}
	return r.growth[len(r.growth)-1]
}
