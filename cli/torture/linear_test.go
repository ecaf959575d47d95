package torture

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/anishathalye/porcupine"
)

// TestLinear has two to sixteen processes at once set, update, read and delete
// a few secrets, with and without an agent, some of them killed on the way. What
// each was told has to fit one order of all of them.
func TestLinear(t *testing.T) {
	rng := dice(t)
	r := newRig(t, "")
	var total linearCounts
	for n := range budget(3) {
		l := &linearRound{rig: r, n: n, agent: n%2 == 1, begun: time.Now()}
		l.run(rng)
		total.add(l)
		history := l.history
		result, info := porcupine.CheckOperationsVerbose(linearModel(), history, patience)
		switch result {
		case porcupine.Ok:
		case porcupine.Unknown:
			t.Errorf("round %d: %d commands are too many to check", n, len(history))
		default:
			total.failed++
			t.Errorf("round %d, agent %v: what these were told fits no order:\n%s", n, l.agent, l.describe())
			if path := fmt.Sprintf("%s/linear-%d.html", binDir, n); porcupine.VisualizePath(linearModel(), info, path) == nil {
				t.Logf("drawn in %s", path)
			}
		}
		r.verifies()
	}
	t.Logf("%d rounds, %d failures: %d commands of up to %d processes at once; %d done, %d refused by the state, %d busy, %d killed",
		total.rounds, total.failed, total.commands, total.most, total.done, total.refused, total.busy, total.lost)
}

// The checker itself: it takes a history that is right, and none that is not.
func TestLinearModel(t *testing.T) {
	set := func(value string, version uint64, call, ret int64) porcupine.Operation {
		return porcupine.Operation{Input: request{verb: "set", name: "K", value: value}, Output: reply{version: version}, Call: call, Return: ret}
	}
	get := func(value string, version uint64, call, ret int64) porcupine.Operation {
		return porcupine.Operation{Input: request{verb: "get", name: "K"}, Output: reply{version: version, value: value}, Call: call, Return: ret}
	}
	failed := func(o porcupine.Operation, code int) porcupine.Operation {
		o.Output = reply{code: code}
		return o
	}
	update := func(at uint64, call, ret int64) porcupine.Operation {
		return porcupine.Operation{Input: request{verb: "update", name: "K", value: "u", version: at}, Output: reply{version: at + 1}, Call: call, Return: ret}
	}
	for name, c := range map[string]struct {
		ok      bool
		history []porcupine.Operation
	}{
		"in order":           {true, []porcupine.Operation{set("a", 1, 0, 1), get("a", 1, 2, 3), set("b", 2, 4, 5)}},
		"side by side":       {true, []porcupine.Operation{set("a", 2, 0, 9), set("b", 1, 0, 9), get("a", 2, 10, 11)}},
		"stale read":         {false, []porcupine.Operation{set("a", 1, 0, 1), set("b", 2, 2, 3), get("a", 1, 4, 5)}},
		"lost write":         {false, []porcupine.Operation{set("a", 1, 0, 1), set("b", 1, 2, 3)}},
		"two for one":        {false, []porcupine.Operation{set("a", 1, 0, 1), update(1, 2, 9), update(1, 2, 9)}},
		"busy did something": {false, []porcupine.Operation{failed(set("a", 0, 0, 1), busy), get("a", 1, 2, 3)}},
		"busy did nothing":   {true, []porcupine.Operation{failed(set("a", 0, 0, 1), busy), failed(get("", 0, 2, 3), 3)}},
		"killed, done":       {true, []porcupine.Operation{failed(set("a", 0, 0, 99), lost), get("a", 1, 2, 3)}},
		"killed, not done":   {true, []porcupine.Operation{failed(set("a", 0, 0, 99), lost), failed(get("", 0, 2, 3), 3)}},
		"killed, both":       {false, []porcupine.Operation{failed(set("a", 0, 0, 99), lost), get("a", 1, 2, 3), failed(get("", 0, 4, 5), 3)}},
	} {
		if got := porcupine.CheckOperations(linearModel(), c.history); got != c.ok {
			t.Errorf("%s: %v", name, got)
		}
	}
}

type linearCounts struct {
	rounds, failed, commands, most, done, refused, busy, lost int
}

func (c *linearCounts) add(l *linearRound) {
	c.rounds++
	c.commands += len(l.history)
	c.most = max(c.most, l.processes)
	for _, o := range l.history {
		switch o.Output.(reply).code {
		case 0:
			c.done++
		case busy:
			c.busy++
		case lost:
			c.lost++
		default:
			c.refused++
		}
	}
}

// linearRound is one set of processes on secrets of their own.
type linearRound struct {
	*rig
	n         int
	agent     bool
	processes int
	begun     time.Time

	mu      sync.Mutex
	history []porcupine.Operation // guarded by mu
}

func (l *linearRound) run(rng *rand.Rand) {
	l.processes = 2 + rng.IntN(15)
	if l.agent {
		l.must("", "unlock", "--ttl", "1h", "--no-input")
	}
	var all sync.WaitGroup
	for client := range l.processes {
		own := rand.New(rand.NewPCG(rng.Uint64(), uint64(client)))
		all.Go(func() {
			for i := range 2 + 24/l.processes {
				l.one(client, i, own)
			}
		})
	}
	all.Wait()
	if l.agent {
		l.must("", "lock", "--no-input")
	}
	// Whatever a killed one did, it has done by now.
	end := l.now()
	for i := range l.history {
		if l.history[i].Output.(reply).code == lost {
			l.history[i].Return = end
		}
	}
	// What is there in the end is part of the history.
	for key := range keysOfRound {
		l.call(client0, request{verb: "get", name: l.name(key)}, nil, 0)
	}
}

const (
	keysOfRound = 3
	client0     = 0
)

func (l *linearRound) name(key int) string { return fmt.Sprintf("R%d_%d", l.n, key) }

func (l *linearRound) now() int64 { return int64(time.Since(l.begun)) }

// one runs one command of a client, at random.
func (l *linearRound) one(client, i int, rng *rand.Rand) {
	r := request{name: l.name(rng.IntN(keysOfRound))}
	switch rng.IntN(10) {
	case 0, 1, 2:
		r.verb, r.value = "set", fmt.Sprintf("%d-%d", client, i)
	case 3, 4, 5:
		r.verb, r.value, r.version = "update", fmt.Sprintf("%d-%d", client, i), 1+rng.Uint64N(6)
	case 6:
		r.verb = "rm"
	default:
		r.verb = "get"
	}
	var flags []string
	switch {
	case rng.IntN(8) == 0:
		flags = append(flags, "--wait", "1ms")
	default:
		flags = append(flags, "--wait", "2m")
	}
	if rng.IntN(3) == 0 { // beside the agent, which gives the vault up for it
		flags = append(flags, "--identity", l.identity())
	}
	var kill time.Duration
	if rng.IntN(10) == 0 {
		kill = time.Millisecond + time.Duration(rng.IntN(400))*time.Millisecond
	}
	l.call(client, r, flags, kill)
}

// call runs a command, kills it after a while where kill is set, and notes
// what it was told.
func (l *linearRound) call(client int, r request, flags []string, kill time.Duration) {
	args := []string{r.verb, r.name}
	if r.verb == "update" {
		args = append(args, "--if-version", fmt.Sprint(r.version))
	}
	cmd := l.command(append(append(args, "--json", "--no-input"), flags...)...)
	var out, errs strings.Builder
	cmd.Stdin, cmd.Stdout, cmd.Stderr = strings.NewReader(r.value), &out, &errs
	begun := l.now()
	if err := cmd.Start(); err != nil {
		l.t.Error(err)
		return
	}
	if kill > 0 {
		defer time.AfterFunc(kill, func() { _ = cmd.Process.Kill() }).Stop()
	}
	err := cmd.Wait()
	ret := l.now()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		l.t.Error(err)
	}
	got := reply{code: cmd.ProcessState.ExitCode()}
	switch got.code {
	case 0:
		got.read(l, r, out.String())
	case 3, 5, busy, lost:
	default:
		l.t.Errorf("round %d: %v: exit %d: %s", l.n, args, got.code, errs.String())
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.history = append(l.history, porcupine.Operation{ClientId: client, Input: r, Output: got, Call: begun, Return: ret})
}

// read takes the reply from what the command printed.
func (got *reply) read(l *linearRound, r request, out string) {
	var info struct {
		Version uint64
		Value   string
	}
	if r.verb == "rm" {
		out = strings.TrimSuffix(strings.TrimPrefix(strings.TrimSpace(out), "["), "]")
	}
	if err := json.Unmarshal([]byte(out), &info); err != nil {
		l.t.Errorf("round %d: %s prints %q: %v", l.n, r.verb, out, err)
	}
	got.version, got.value = info.Version, info.Value
}

// describe lists the history.
func (l *linearRound) describe() string {
	var b strings.Builder
	model := linearModel()
	for _, o := range l.history {
		fmt.Fprintf(&b, "  %2d  %9.3f–%9.3f ms  %s\n", o.ClientId, float64(o.Call)/1e6, float64(o.Return)/1e6, model.DescribeOperation(o.Input, o.Output))
	}
	return b.String()
}
