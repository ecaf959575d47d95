// Command measure counts the house: files, lines, exported names, rings of files,
// methods and functions of every package. It fails where something has grown past
// its limit.
//
//	go run ./testdata/measure            # a table for people
//	go run ./testdata/measure -limits    # only what is over a limit
package main

import (
	"flag"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"text/tabwriter"
)

const (
	module     = "github.com/tacit-vault/tacit"
	maxRoom    = 3500 // lines of a package below cli, or of cli itself, without tests
	maxMethods = 54   // of one type
	maxFunc    = 70   // lines of one function
	maxRing    = 20   // files of one package in which each reaches each by what it names
)

func main() {
	only := flag.Bool("limits", false, "print only what is over a limit")
	flag.Parse()
	packages, err := load()
	if err != nil {
		fmt.Fprintln(os.Stderr, "measure:", err)
		os.Exit(1)
	}
	if !*only {
		table(packages)
	}
	over := limits(packages)
	for _, line := range over {
		fmt.Println("over the limit:", line)
	}
	if len(over) > 0 {
		os.Exit(1)
	}
}

// table prints what was counted.
func table(packages []*room) {
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "package\tfiles\tlines\ttest lines\texported\tring\tfunctions\tmost methods\t")
	var all room
	for _, r := range packages {
		of, most := r.widest()
		fmt.Fprintf(w, "%s\t%d\t%d\t%d\t%d\t%d\t%d\t%d %s\t\n",
			r.name, r.files, r.lines, r.tests, r.exported, r.ring, len(r.functions), most, of)
		all.files += r.files
		all.lines += r.lines
		all.tests += r.tests
		all.exported += r.exported
		all.functions = append(all.functions, r.functions...)
	}
	fmt.Fprintf(w, "all\t%d\t%d\t%d\t%d\t\t%d\t\t\n", all.files, all.lines, all.tests, all.exported, len(all.functions))
	w.Flush()
	p50, p90, most := all.lengths()
	fmt.Printf("\nlines of a function: half have at most %d, nine of ten %d, the longest %d (%s); over 60: %d of %d\n",
		p50, p90, most.lines, most.name, all.longer(60), len(all.functions))
}

// limits are the sentences about what has grown too large.
func limits(packages []*room) (over []string) {
	for _, r := range packages {
		if (r.name == "cli" || strings.HasPrefix(r.name, "cli/")) && r.lines > maxRoom {
			over = append(over, fmt.Sprintf("%s has %d lines, at most %d", r.name, r.lines, maxRoom))
		}
		if r.ring > maxRing {
			over = append(over, fmt.Sprintf("%s has a ring of %d files, at most %d", r.name, r.ring, maxRing))
		}
		for _, of := range slices.Sorted(maps.Keys(r.methods)) {
			if n := r.methods[of]; n > maxMethods {
				over = append(over, fmt.Sprintf("%s.%s has %d methods, at most %d", r.name, of, n, maxMethods))
			}
		}
		for _, f := range r.functions {
			if f.lines > maxFunc {
				over = append(over, fmt.Sprintf("%s in %s has %d lines, at most %d", f.name, r.name, f.lines, maxFunc))
			}
		}
	}
	return over
}
