package torture

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"
)

// A kill is the moment at which a process is killed: before it makes its nth
// change to a file, or after a while. The zero kill lets it end.
type kill struct {
	change int
	after  time.Duration
}

// An end is how a run of the program ended.
type end struct {
	result
	killed  bool
	changes int // that it made, where it was traced
	took    time.Duration
}

// acknowledged tells whether the program said that it has done what it should.
func (e end) acknowledged() bool { return e.code == 0 }

// runUntil runs the program until k. A run that nobody kills is traced where
// that can be, to count its changes.
func (r *rig) runUntil(k kill, cmd *exec.Cmd, stdin string) (e end) {
	r.t.Helper()
	var out, errs bytes.Buffer
	cmd.Stdin, cmd.Stdout, cmd.Stderr = strings.NewReader(stdin), &out, &errs
	begun := time.Now()
	var err error
	if canTrace && k.after == 0 {
		e.changes, e.killed, e.code, err = trace(cmd, k.change)
	} else {
		e.killed, e.code, err = killAfter(cmd, k.after)
	}
	if err != nil {
		r.t.Fatalf("%v: %v", cmd.Args, err)
	}
	e.took, e.out, e.err = time.Since(begun), out.String(), errs.String()
	return e
}

// killAfter kills the process after a while, or lets it end where that is zero.
func killAfter(cmd *exec.Cmd, after time.Duration) (killed bool, code int, err error) {
	if err := cmd.Start(); err != nil {
		return false, 0, err
	}
	if after > 0 {
		timer := time.AfterFunc(after, func() { _ = cmd.Process.Kill() })
		defer timer.Stop()
	}
	_ = cmd.Wait()
	code = cmd.ProcessState.ExitCode()
	return code == -1, code, nil
}

// A schedule chooses the moments for one kind of run: two of three times the
// next of its changes, in a random order that leaves none out, else any time of
// its duration.
type schedule struct {
	dice    *rand.Rand
	changes int           // that a whole run makes
	took    time.Duration // by a whole run
	turns   []int         // changes whose turn is still to come
	hit     map[int]bool  // changes before which it was killed
	n       int
}

func (s *schedule) next() kill {
	s.n++
	if !canTrace || s.n%3 == 0 {
		return kill{after: 1 + time.Duration(s.dice.Int64N(int64(s.took)))}
	}
	if len(s.turns) == 0 {
		s.turns = s.dice.Perm(max(s.changes, 1))
	}
	turn := s.turns[0]
	s.turns = s.turns[1:]
	return kill{change: turn + 1}
}

// learn takes a run's end into account.
func (s *schedule) learn(k kill, e end) {
	switch {
	case e.killed && k.change > 0:
		s.hit[k.change] = true
	case !e.killed && k.after == 0 && canTrace:
		s.changes = e.changes
	}
	if !e.killed && (s.took == 0 || k.after > 0) {
		s.took = e.took
	}
}

// A tally counts what became of the rounds of one kind.
type tally struct {
	name                    string
	rounds, killed, ended   int
	changes, reached        int // changes of a whole run; how many of them had their turn
	acknowledged, took, not int // writes acknowledged; rounds whose change was found, and not found
}

// tallies are those of all kinds.
type tallies struct {
	mu   sync.Mutex // guards list
	list []tally
}

func (ts *tallies) add(t tally) {
	ts.mu.Lock()
	defer ts.mu.Unlock()
	ts.list = append(ts.list, t)
}

// String is a table, with a sum.
func (ts *tallies) String() string {
	var b strings.Builder
	row := func(a ...any) {
		fmt.Fprintf(&b, "%-12s %7v %7v %7v %9v %6v %6v %9v %9v\n", a...)
	}
	row("operation", "rounds", "killed", "ended", "acked", "new", "old", "changes", "had turn")
	sum := tally{name: "sum"}
	for _, t := range ts.list {
		row(t.name, t.rounds, t.killed, t.ended, t.acknowledged, t.took, t.not, t.changes, t.reached)
		sum.rounds, sum.killed, sum.ended = sum.rounds+t.rounds, sum.killed+t.killed, sum.ended+t.ended
		sum.acknowledged, sum.took, sum.not = sum.acknowledged+t.acknowledged, sum.took+t.took, sum.not+t.not
	}
	row(sum.name, sum.rounds, sum.killed, sum.ended, sum.acknowledged, sum.took, sum.not, "", "")
	return b.String()
}

// Killed at any moment, the program leaves a vault that holds all that it
// acknowledged, and of what it did not acknowledge all or nothing; that
// verifies; and that the next reader and the next writer can use.
func TestKill(t *testing.T) {
	d := dice(t)
	total := budget(1) // each row has one at least
	turn := d.IntN(3)  // a short run has every third row
	var all tallies
	t.Run("rounds", func(t *testing.T) {
		from, sum := 0, 0
		for i, row := range rows {
			sum += row.share
			to := total * sum / shares()
			n := max(to-from, 1)
			from = max(to, from)
			s := &schedule{dice: rand.New(rand.NewPCG(d.Uint64(), 0)), hit: map[int]bool{}}
			t.Run(row.name, func(t *testing.T) {
				t.Parallel()
				if testing.Short() && i%3 != turn {
					t.Skip("the turn of another seed")
				}
				all.add(row.play(t, s, n))
			})
		}
	})
	t.Logf("kill -9:\n%s", &all)
}

func shares() (sum int) {
	for _, row := range rows {
		sum += row.share
	}
	return sum
}
