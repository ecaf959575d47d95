package torture

import (
	"flag"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/tacit-vault/tacit/store/forge"
)

var (
	forgedAll  = flag.Bool("forged.all", false, "TestForged: every kind, on a table of every vault")
	forgedKind = flag.String("forged.kind", "", "TestForged: only this kind, with -forged.all")
)

// forgedFixtures are vaults with tables: of several levels, and one that the
// next command recovers.
var forgedFixtures = []string{"levels", "crashed"}

// TestForged makes a table of a vault wrong under checksums that fit, and runs
// commands of the real program on it. Each gives what is right, or says that the
// vault is damaged; none ends in a trace of Go's.
func TestForged(t *testing.T) {
	rng := dice(t)
	f := newForger(t, rng)
	if *forgedAll {
		for _, kind := range forge.Kinds {
			if *forgedKind != "" && *forgedKind != kind.Name {
				continue
			}
			for _, fixture := range forgedFixtures {
				f.round(fixture, kind, rng)
			}
			t.Logf("%s: %v so far", kind.Name, f.codes)
		}
		return
	}
	for range budget(3) {
		fixture := forgedFixtures[rng.IntN(len(forgedFixtures))]
		f.round(fixture, forge.Kinds[rng.IntN(len(forge.Kinds))], rng)
	}
	t.Log(f.codes)
}

// A forger runs commands on vaults with a forged table.
type forger struct {
	*bench
	*rig
	t     *testing.T
	codes map[string]map[int]int // how often each command ended with which code
}

func newForger(t *testing.T, rng *rand.Rand) *forger {
	t.Helper()
	bin, err := program()
	if err != nil {
		t.Fatal(err)
	}
	b, err := newBench(fastDir(t))
	if err != nil {
		t.Fatal(err)
	}
	if err := b.makeFixtures(rng, forgedFixtures...); err != nil {
		t.Fatal(err)
	}
	return &forger{b, &rig{t: t, home: b.root, dir: b.vault(), bin: bin}, t, map[string]map[int]int{}}
}

// table draws a table of a fixture.
func (f *forger) table(fixture string, rng *rand.Rand) string {
	f.t.Helper()
	paths, err := filepath.Glob(f.honest(fixture, "vault", "db", "*.sst"))
	if err != nil || len(paths) == 0 {
		f.t.Fatalf("the vault %q has no tables: %v", fixture, err)
	}
	return filepath.Base(paths[rng.IntN(len(paths))])
}

// A forgedCommand is run on a forged table.
type forgedCommand struct {
	args  []string
	stdin string
	codes []int // besides 0, which it gives where the damage does not reach it
	// right tells whether what it printed is right where it ended with 0; may be nil.
	right func(out string, l ledger) bool
}

func (f *forger) commands() []forgedCommand {
	tampered := []int{8}
	value := func(name string) func(string, ledger) bool {
		return func(out string, l ledger) bool { return out == *l.current(name) }
	}
	return []forgedCommand{
		{args: []string{"ls"}, codes: tampered, right: func(out string, l ledger) bool {
			return out == strings.Join(l.names(), "\n")+"\n"
		}},
		{args: []string{"get", "SHARED"}, codes: tampered, right: value("SHARED")},
		{args: []string{"get", "LARGE0"}, codes: tampered, right: value("LARGE0")},
		{args: []string{"status"}, codes: tampered},
		{args: []string{"verify"}, codes: tampered},
		{args: []string{"verify", "--full"}, codes: tampered},
		{args: []string{"doctor"}, codes: []int{1, 8}},
		{args: []string{"set", "NEW"}, stdin: "new", codes: tampered},
		{args: []string{"rescue", f.vault(), "--to", f.rescued()}, codes: tampered},
	}
}

func (f *forger) rescued() string { return filepath.Join(f.root, "rescued") }

// round forges one table, and runs every command on it as it then is.
func (f *forger) round(fixture string, kind forge.Kind, rng *rand.Rand) {
	f.t.Helper()
	table := f.table(fixture, rng)
	whole, err := os.ReadFile(f.honest(fixture, "vault", "db", table))
	if err != nil {
		f.t.Fatal(err)
	}
	forged, err := kind.Table(whole, rng)
	if err != nil {
		f.t.Fatalf("%s, %s of %s: %v", kind.Name, table, fixture, err)
	}
	l, err := f.ledger(fixture)
	if err != nil {
		f.t.Fatal(err)
	}
	for _, c := range f.commands() {
		if err := f.restore(fixture); err != nil {
			f.t.Fatal(err)
		}
		if err := rewrite(filepath.Join(f.vault(), "db", table), forged); err != nil {
			f.t.Fatal(err)
		}
		if err := os.RemoveAll(f.rescued()); err != nil {
			f.t.Fatal(err)
		}
		got := f.run(c.stdin, append(c.args, "--state", f.state(), "--no-input")...)
		f.count(c.args[0], got.code)
		for _, wrong := range c.judge(got, l) {
			f.t.Errorf("%s, of %s, %s: %s: %s (exit %d)\n%s", kind.Name, fixture, table,
				strings.Join(c.args, " "), wrong, got.code, firstLines(got.err, 30))
		}
	}
}

func (f *forger) count(command string, code int) {
	if f.codes[command] == nil {
		f.codes[command] = map[int]int{}
	}
	f.codes[command][code]++
}

// judge says what is wrong with how the command ended.
func (c forgedCommand) judge(got result, l ledger) (wrong []string) {
	for _, trace := range []string{"goroutine ", "panic:", "runtime error", "fatal error"} {
		if strings.Contains(got.out+got.err, trace) {
			return []string{"a trace of Go's"}
		}
	}
	switch {
	case got.code == 0 && c.right != nil && !c.right(got.out, l):
		return []string{"it succeeded, and gives something else"}
	case got.code != 0 && !slices.Contains(c.codes, got.code):
		return []string{"another exit code"}
	case got.code != 0 && got.err == "" && got.out == "":
		return []string{"it says nothing"}
	case got.code == 8 && !strings.Contains(got.err, "tacit: "):
		return []string{"no error of tacit's"}
	}
	return nil
}
