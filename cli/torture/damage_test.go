package torture

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"text/tabwriter"
	"time"
)

var damageFrom = flag.Int("damage.from", 0, "the first round of TestDamage; each is drawn from seed and number alone")

// sampled is how often a round is also looked at with the real program.
const sampled = 25

// TestDamage damages the files of a vault, in every way that a disk or a hand
// could, and reads everything, writes, and reads again. What is returned has to
// be right, what is not has to be an error that blames the vault, and the
// process has to live.
func TestDamage(t *testing.T) {
	rng := dice(t)
	b, err := makeBench(fastDir(t), rng)
	if err != nil {
		t.Fatal(err)
	}
	seed := rng.Uint64()
	count := budget(20)
	tally := newTally()
	p := &damageParent{t: t, bench: b}
	defer func() { p.stop() }()
	for n := *damageFrom; n < *damageFrom+count; n++ {
		k := task{Round: n, Seed: seed}
		v := p.round(k)
		tally.add(v)
		if n%sampled == 0 && v.Done && v.Mode != "rolled back" && v.What != nil {
			p.sample(k)
			tally.sampled++
		}
		if len(v.Wrong) > 0 {
			t.Errorf("round %d, %s, %s: %s\n  %s", n, v.Fixture, v.Mode, strings.Join(v.What, "; "), strings.Join(v.Wrong, "\n  "))
		}
		if tally.rounds%1000 == 0 {
			t.Logf("%d rounds: %s", tally.rounds, tally.line())
		}
	}
	tally.restarts = p.starts - 1
	t.Logf("%s\n%s", tally.line(), tally.tables())
}

// fastDir is a folder in memory where there is one: the files are the program's
// own work, and the disk beneath them is not what is tested.
func fastDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("/dev/shm", "tacit-torture-")
	if err != nil {
		return t.TempDir()
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}

// damageParent runs rounds in a child, and a new child where one ended.
type damageParent struct {
	t *testing.T
	*bench
	starts int
	cmd    *exec.Cmd
	in     io.WriteCloser
	out    *json.Decoder
	pipe   *os.File
	errs   *bytes.Buffer
}

func (p *damageParent) start() {
	p.t.Helper()
	cmd := exec.Command(os.Args[0], "-test.run=^TestDamageChild$", "-test.timeout=0")
	cmd.Env = append(os.Environ(), damageChildEnv+"="+p.root, "TMPDIR="+binDir)
	in, err := cmd.StdinPipe()
	if err != nil {
		p.t.Fatal(err)
	}
	r, w, err := os.Pipe()
	if err != nil {
		p.t.Fatal(err)
	}
	defer w.Close()
	p.errs = &bytes.Buffer{}
	cmd.ExtraFiles, cmd.Stdout, cmd.Stderr = []*os.File{w}, p.errs, p.errs
	if err := cmd.Start(); err != nil {
		p.t.Fatal(err)
	}
	p.cmd, p.in, p.pipe, p.out = cmd, in, r, json.NewDecoder(r)
	p.starts++
}

// stop ends the child, and returns what it said.
func (p *damageParent) stop() (said string, err error) {
	if p.cmd == nil {
		return "", nil
	}
	p.in.Close()
	end := time.AfterFunc(patience, func() { p.cmd.Process.Kill() })
	err = p.cmd.Wait()
	end.Stop()
	p.pipe.Close()
	p.cmd = nil
	return p.errs.String(), err
}

// round has the child do one round. That the child dies is what came of it.
func (p *damageParent) round(k task) (v verdict) {
	if p.cmd == nil {
		p.start()
	}
	line, err := json.Marshal(k)
	if err != nil {
		p.t.Fatal(err)
	}
	if _, err := p.in.Write(append(line, '\n')); err != nil {
		p.t.Fatal(err)
	}
	for !v.Done {
		var next verdict
		if err := p.out.Decode(&next); err != nil {
			said, err := p.stop()
			v.Round = k.Round
			v.Wrong = append(v.Wrong, fmt.Sprintf("the process ended: %v\n%s", err, firstLines(said, 60)))
			return v
		}
		v = next
	}
	if v.Restart || k.Round%200 == 199 {
		if said, err := p.stop(); err != nil {
			v.Wrong = append(v.Wrong, fmt.Sprintf("the process ended badly after the round: %v\n%s", err, firstLines(said, 60)))
		}
	}
	return v
}

// sample does the same damage and looks at it with the real program.
func (p *damageParent) sample(k task) {
	p.t.Helper()
	bin, err := program()
	if err != nil {
		p.t.Fatal(err)
	}
	r := &damageRound{bench: p.bench, rng: k.dice(), tell: func(verdict) error { return nil }}
	r.v.Fixture = fixtures[r.rng.IntN(len(fixtures))]
	r.rng.IntN(4) // as the child draws its mode
	l, err := p.ledger(r.v.Fixture)
	if err == nil {
		err = p.restore(r.v.Fixture)
	}
	if err == nil {
		r.d, err = doDamage(p.bench, r.v.Fixture, r.rng)
	}
	if err != nil {
		p.t.Fatal(err)
	}
	s := &damageSample{
		rig:  &rig{t: p.t, home: p.root, dir: p.vault(), bin: bin},
		what: fmt.Sprintf("round %d, %s, with the program: %s", k.Round, r.v.Fixture, strings.Join(r.d.what, "; ")),
	}
	s.look(l)
}

// damageSample looks at a damaged vault with the real program.
type damageSample struct {
	*rig
	what string
}

func (s *damageSample) look(l ledger) {
	names := l.names()
	if got, ok := s.ask("", "ls"); ok && got != strings.Join(names, "\n")+"\n" {
		s.t.Errorf("%s: ls lists %q", s.what, got)
	}
	noticed := false
	for _, name := range []string{names[0], "SHARED", "LARGE0", "MIDDLE1"} {
		want := l.current(name)
		if want == nil {
			continue
		}
		got, ok := s.ask("", "get", name)
		noticed = noticed || !ok
		if ok && got != *want {
			s.t.Errorf("%s: get %s gives %d bytes, want %d", s.what, name, len(got), len(*want))
		}
	}
	if _, ok := s.ask("", "verify", "--full"); ok && noticed {
		s.t.Errorf("%s: verify finds nothing, and get did", s.what)
	}
	if _, ok := s.ask("new", "set", "NEW"); ok {
		if got, ok := s.ask("", "get", "NEW"); ok && got != "new" {
			s.t.Errorf("%s: get NEW gives %q", s.what, got)
		}
	}
}

// ask runs the program. It may fail, in the way that says that the vault is
// damaged, and in no other.
func (s *damageSample) ask(stdin string, args ...string) (out string, ok bool) {
	got := s.run(stdin, append(args, "--state", filepath.Join(s.home, "state"), "--no-input")...)
	switch {
	case got.code == 0:
		return got.out, true
	case strings.Contains(got.err, "goroutine ") || strings.Contains(got.err, "panic"):
		s.t.Errorf("%s: %v crashes: %s", s.what, args, firstLines(got.err, 40))
	case got.code != 8 && !(got.code == 1 && strings.Contains(got.err, "newer version")):
		s.t.Errorf("%s: %v: exit %d: %s", s.what, args, got.code, got.err)
	case !strings.HasPrefix(got.err, "tacit: ") && args[0] != "verify":
		s.t.Errorf("%s: %v says %q", s.what, args, got.err)
	}
	return "", false
}

// damageTally counts.
type damageTally struct {
	rounds, failed, refused, noticed, restored, wrote, sampled, restarts int

	kinds map[string]*[3]int // rounds, noticed, refused
	codes map[string]int
}

func newTally() *damageTally {
	return &damageTally{kinds: map[string]*[3]int{}, codes: map[string]int{}}
}

func (y *damageTally) add(v verdict) {
	one := func(b bool) int {
		if b {
			return 1
		}
		return 0
	}
	y.rounds++
	y.failed += one(len(v.Wrong) > 0)
	y.refused += one(v.Refused)
	y.noticed += one(v.Noticed)
	y.restored += one(v.Restored)
	y.wrote += one(v.Wrote)
	for _, kind := range append(v.Kinds, "mode\t"+v.Mode, "vault\t"+v.Fixture) {
		n := y.kinds[kind]
		if n == nil {
			n = new([3]int)
			y.kinds[kind] = n
		}
		n[0]++
		n[1] += one(v.Noticed)
		n[2] += one(v.Refused)
	}
	for _, code := range v.Codes {
		y.codes[code]++
	}
}

func (y *damageTally) line() string {
	return fmt.Sprintf("%d rounds, %d failures; noticed %d, refused at once %d, whole again with the honest bytes %d, written to %d; %d also with the program, %d restarts",
		y.rounds, y.failed, y.noticed, y.refused, y.restored, y.wrote, y.sampled, y.restarts)
}

// tables are the counts by kind of file and of damage, and by code.
func (y *damageTally) tables() string {
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 8, 2, ' ', 0)
	fmt.Fprintln(w, "file\tdamage\trounds\tnoticed\trefused")
	for _, kind := range slices.Sorted(maps.Keys(y.kinds)) {
		n := y.kinds[kind]
		fmt.Fprintf(w, "%s\t%d\t%d\t%d\n", kind, n[0], n[1], n[2])
	}
	w.Flush()
	for _, code := range slices.Sorted(maps.Keys(y.codes)) {
		fmt.Fprintf(&b, "%s %d  ", code, y.codes[code])
	}
	return b.String()
}

func firstLines(s string, n int) string {
	lines := strings.SplitN(s, "\n", n+1)
	return strings.Join(lines[:min(n, len(lines))], "\n")
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
