// Command bench measures tacit beside what people use for secrets, in one run on one
// machine. What counts are the ratios. It builds tacit both ways, finds or installs the
// other programs, gives all of them the same secrets, and starts each as a process of
// its own, in turn. Everything is in a folder that is removed. It needs Linux.
//
//	go run ./testdata/bench                    # a table
//	go run ./testdata/bench -growth            # also vaults of up to a million secrets; half an hour
//	go run ./testdata/bench -growth -write     # and writes docs/performance.md
//	go run ./testdata/bench -compare HEAD~5    # this checkout beside another commit
//
// It prints the losing rows too, and names what it could not measure.
package main

import (
	"flag"
	"fmt"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"syscall"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// options are the command line.
type options struct {
	rounds, secrets          int
	noInstall, growth, write bool
	sizes                    []int
	compare                  string
}

func parse(args []string) (o options, err error) {
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	flags.IntVar(&o.rounds, "rounds", 0, "how often each command is measured (default 15, with -compare 40)")
	flags.IntVar(&o.secrets, "secrets", 1000, "how many secrets everyone gets")
	flags.BoolVar(&o.noInstall, "no-install", false, "use only the programs that are there")
	flags.BoolVar(&o.growth, "growth", false, "measure also vaults of each of -sizes")
	sizes := flags.String("sizes", "1000,100000,1000000", "the `numbers` of secrets for -growth")
	flags.StringVar(&o.compare, "compare", "", "measure only this checkout beside the commit `REV`")
	flags.BoolVar(&o.write, "write", false, "write docs/performance.md and its plot")
	if err := flags.Parse(args); err != nil {
		return o, err
	}
	for text := range strings.SplitSeq(*sizes, ",") {
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 {
			return o, fmt.Errorf("-sizes: %q is no number of secrets", text)
		}
		o.sizes = append(o.sizes, n)
	}
	if o.rounds == 0 {
		o.rounds = 15
		if o.compare != "" {
			o.rounds = 40
		}
	}
	switch {
	case flags.NArg() > 0:
		return o, fmt.Errorf("%q is no flag", flags.Arg(0))
	case o.rounds < 1 || o.secrets < 1:
		return o, fmt.Errorf("-rounds and -secrets are at least 1")
	case o.compare != "" && (o.write || o.growth):
		return o, fmt.Errorf("-compare goes alone: without -growth and -write")
	}
	return o, nil
}

func run(args []string) error {
	o, err := parse(args)
	if err != nil {
		return err
	}
	root, err := checkout()
	if err != nil {
		return err
	}
	b, err := newBench(root, o.rounds, o.secrets, o.noInstall)
	if b != nil {
		defer b.close()
		stop := make(chan os.Signal, 1)
		signal.Notify(stop, os.Interrupt, syscall.SIGTERM)
		go func() { <-stop; b.close(); os.Exit(130) }()
	}
	if err != nil {
		return err
	}
	say("building tacit")
	if b.tacit, err = build(root, b.work); err != nil {
		return err
	}
	r := report{sizesOf: b.tacit.fileSizes(), command: strings.TrimSpace("go run ./testdata/bench " + strings.Join(args, " ")), before: lookAround(root)}
	if o.compare != "" {
		r.sections, err = b.compare(o.compare)
	} else {
		r.sections, err = b.beside()
		if err == nil {
			if r.calls, err = b.calls(); err != nil {
				b.missing, err = append(b.missing, "single calls: "+err.Error()), nil
			}
		}
	}
	if err == nil && o.growth {
		r.growth, err = b.growth(o.sizes)
	}
	if err != nil {
		return err
	}
	r.after, r.versions, r.missing = lookAround(root), b.versions, b.missing
	fmt.Print(r.text())
	if o.write {
		return r.write(root)
	}
	return nil
}
