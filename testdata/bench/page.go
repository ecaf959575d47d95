package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

const intro = `# Performance

This page is written by a command. It measures tacit beside what people use for secrets, in one run on one machine. Every program is a process of its own, started in turn with the others. Compare the ratios: the milliseconds are this machine’s.

- *One program* is tacit as one program that does everything. *Front* is the small one of two: see [Install](../README.md#install-upgrade-uninstall).
- *By agent* reads and writes through an agent that has the vault open.
- A program that was compiled here, tacit’s and others’, was copied once, so that it lies on the disk as an installer leaves it.
- Each number is a median. A ratio (×) is to the first row, once for the clock and once for the processor’s time.
- The peak is resident memory, with the pages of the program’s own file. The smallest that can be seen is that of ` + "`true`" + `, which is the benchmark’s own.
- Every program has the same secrets of 100 characters, except two. age has one file. dotenvx has at most 100 secrets, because it opens all of them for each command.
- A GnuPG agent and tacit’s agent work outside of the processes that are measured: their processor’s time is not counted.
- keepassxc-cli derives its key for 100 ms, the least that it allows.
- A set of tacit is on the disk when it returns: it syncs its files. age, sops and pass leave that to the kernel.

`

// write writes the page and its plot.
func (r report) write(root string) error {
	docs := filepath.Join(root, "docs")
	if err := os.WriteFile(filepath.Join(docs, "performance.svg"), []byte(r.plot()), 0o644); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(docs, "performance.md"), []byte(r.page()), 0o644)
}

// page is the document.
func (r report) page() string {
	var out strings.Builder
	out.WriteString(intro)
	fmt.Fprintf(&out, "Written by `%s`.\n\n", r.command)
	for _, line := range r.about() {
		fmt.Fprintf(&out, "- %s\n", line)
	}
	if r.disturbed() {
		out.WriteString("\n**Other work ran on this machine.** That disturbs the clock. The processor’s time is disturbed less.\n")
	}
	out.WriteString("\n![Bars of a get and a set beside age, and lines of the growth](performance.svg)\n")
	if t := r.aimsTable(); len(t.lines) > 0 {
		fmt.Fprintf(&out, "\n## Aims\n\nWhere there are two ratios, the first is of the clock and the second of the processor’s time. Both have to be good enough.\n\n%s", t.markdown())
	}
	for _, s := range r.sections {
		fmt.Fprintf(&out, "\n## %s\n\n", s.title)
		if s.note != "" {
			fmt.Fprintf(&out, "%s\n\n", s.note)
		}
		out.WriteString(s.table().markdown())
		for _, f := range s.failures() {
			fmt.Fprintf(&out, "\n%s\n", f)
		}
	}
	if t := r.callsTable(); len(t.lines) > 0 {
		fmt.Fprintf(&out, "\n## Single calls\n\nThese are calls inside a process, without its start, measured by benchmarks of the repository.\n\n%s", t.markdown())
	}
	if len(r.growth) > 0 {
		fmt.Fprintf(&out, "\n## Growth\n\nEach cell has the milliseconds by the clock, those of the processor, and the peak in MiB. All sizes are measured in turn. Long commands are measured three times, and once from 100,000 secrets on.\n\n%s\n%s\n", r.growthTable().markdown(), r.rotationLine())
	}
	return out.String()
}
