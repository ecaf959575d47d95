// Command firstframe measures how long tacit ui takes to its first frame, and until the
// list is on the screen, with vaults of several sizes. It builds tacit and tacit-ui, and
// starts them on a terminal of 80 by 24. Everything is in a folder that is removed.
//
//	go run ./testdata/firstframe
//	go run ./testdata/firstframe -sizes 1000,1000000 -rounds 5
package main

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

func main() {
	rounds := flag.Int("rounds", 15, "how often each vault is shown")
	sizes := flag.String("sizes", "1000,100000", "the `numbers` of secrets")
	flag.Parse()
	if err := run(*rounds, strings.Split(*sizes, ",")); err != nil {
		fmt.Fprintln(os.Stderr, "firstframe:", err)
		os.Exit(1)
	}
}

func run(rounds int, sizes []string) error {
	work, err := os.MkdirTemp("", "firstframe")
	if err != nil {
		return err
	}
	defer os.RemoveAll(work)
	for program, pkg := range map[string]string{"tacit": ".", "tacit-ui": "./cli/tacit-ui"} {
		build := exec.Command("go", "build", "-trimpath", "-tags", "urfave_cli_no_docs", "-o", filepath.Join(work, program), pkg)
		build.Env = append(os.Environ(), "CGO_ENABLED=0")
		if out, err := build.CombinedOutput(); err != nil {
			return fmt.Errorf("building %s: %w: %s", pkg, err, out)
		}
	}
	s := &site{work: work, env: []string{"HOME=" + work, "PATH=" + os.Getenv("PATH"), "TERM=xterm", "LANG=C.UTF-8", "TACIT_AGENT=off"}}
	fmt.Printf("%12s  %22s  %22s  %10s  %10s\n", "names", "first frame ms", "the list ms", "tacit MiB", "tacit-ui MiB")
	for _, size := range sizes {
		n, err := strconv.Atoi(size)
		if err != nil || n < 1 {
			return fmt.Errorf("-sizes: %q is no number of secrets", size)
		}
		if err := s.measure(n, max(1, rounds)); err != nil {
			return err
		}
	}
	return nil
}

// A site is the folder, with the programs and a vault of each size.
type site struct {
	work string
	env  []string
}

// measure shows a vault several times.
func (s *site) measure(n, rounds int) error {
	vault := filepath.Join(s.work, fmt.Sprint("vault", n))
	if err := s.fill(vault, n); err != nil {
		return err
	}
	var frames, lists []time.Duration
	var ours, theirs []int
	for round := range rounds + 1 {
		m, err := s.show(vault, fmt.Sprintf("%d of %d names", n, n))
		if err != nil {
			return err
		}
		if round == 0 {
			continue // it is slower: the files are not in memory
		}
		frames, lists, ours, theirs = append(frames, m.frame), append(lists, m.list), append(ours, m.ours), append(theirs, m.theirs)
	}
	slices.Sort(ours)
	slices.Sort(theirs)
	fmt.Printf("%12d  %22s  %22s  %10d  %10d\n", n, spread(frames), spread(lists), ours[len(ours)/2]>>10, theirs[len(theirs)/2]>>10)
	return nil
}

// spread is the median, and the least and most beside it.
func spread(all []time.Duration) string {
	slices.Sort(all)
	ms := func(d time.Duration) string { return fmt.Sprintf("%.1f", float64(d)/float64(time.Millisecond)) }
	return fmt.Sprintf("%s (%s to %s)", ms(all[len(all)/2]), ms(all[0]), ms(all[len(all)-1]))
}

// fill makes a vault with so many secrets.
func (s *site) fill(vault string, n int) error {
	var all strings.Builder
	for i := range n {
		fmt.Fprintf(&all, "%c%q:%q", "{,"[min(i, 1)], fmt.Sprintf("SERVICE_%07d_DB_PASSWORD", i), fmt.Sprint("the value of ", i))
	}
	all.WriteString("}")
	for _, args := range [][]string{{"init", vault, "--no-input"}, {"import", "json", "--vault", vault}} {
		cmd := exec.Command(filepath.Join(s.work, "tacit"), args...)
		cmd.Env, cmd.Stdin = s.env, strings.NewReader(all.String())
		if out, err := cmd.CombinedOutput(); err != nil {
			return fmt.Errorf("tacit %s: %w: %s", args[0], err, out)
		}
	}
	return nil
}
