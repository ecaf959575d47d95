package vault_test

import (
	"bufio"
	"context"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/tacit-vault/tacit/crypto"
	"github.com/tacit-vault/tacit/crypto/cryptotest"
	"github.com/tacit-vault/tacit/vault"
)

var (
	killRounds = flag.Int("kill.rounds", 10, "how often a writing process is killed")
	killSeed   = flag.Uint64("kill.seed", 0, "seed of the moments, 0: a new one")
)

// killBatch is how many secrets a batch of the child has: more than a
// transaction takes.
const killBatch = 4000

// writeUntilKilled is the child: it sets a counter and imports batches, and
// says on stdout what has returned. It never ends by itself.
func writeUntilKilled(dir string) int {
	v, err := openInChild(dir)
	if err != nil {
		fmt.Println("error", err)
		return 1
	}
	sec, err := v.Read(context.Background(), "COUNTER")
	n := 0
	if err == nil {
		fmt.Sscan(string(sec.Value.Reveal()), &n)
	}
	fmt.Println("open", n)
	for {
		n++
		if _, err := v.Set(context.Background(), "COUNTER", vault.Text(fmt.Sprint(n))); err != nil {
			fmt.Println("error", err)
			return 1
		}
		fmt.Println("set", n)
		if n%20 != 0 {
			continue
		}
		if _, err := v.Apply(context.Background(), manyChanges(killBatch, fmt.Sprint(n)), nil); err != nil {
			fmt.Println("error", err)
			return 1
		}
		fmt.Println("batch", n)
	}
}

// openInChild opens the vault of a kill fixture.
func openInChild(dir string) (*vault.Vault, error) {
	b, err := os.ReadFile(filepath.Join(dir, "identity"))
	if err != nil {
		return nil, err
	}
	key, err := crypto.Identities("identity", strings.NewReader(string(b)))
	if err != nil {
		return nil, err
	}
	return vault.Open(context.Background(), filepath.Join(dir, "vault"), vault.Options{
		Keys: []crypto.Key{key}, Write: true, Wait: hang, State: filepath.Join(dir, "state"),
	})
}

// Every write that was acknowledged is there after kill -9, a batch is there
// whole or not at all, and the vault verifies.
func TestKill(t *testing.T) {
	t.Parallel()
	f := newKillFixture(t)
	acknowledged := 0
	f.killEach(killRuns{rounds: *killRounds, short: 3, within: 400 * time.Millisecond}, func(round int, said map[string]int) {
		acknowledged = max(acknowledged, said["set"]) // it counts on
		f.check(round, said["set"], said["batch"])
	})
	t.Logf("%d writes were acknowledged", acknowledged)
}

// killRuns says how a child is killed again and again.
type killRuns struct {
	rounds, short int           // how often, in a long run and at most in a short one
	within        time.Duration // after it has opened the vault
	stream        uint64        // of the random moments
	env           []string      // says which child it is
}

// killEach runs and kills the child. After each time look gets the last number that it
// said of each thing.
func (f *fixture) killEach(k killRuns, look func(round int, said map[string]int)) {
	f.t.Helper()
	seed := *killSeed
	if seed == 0 {
		seed = rand.Uint64()
	}
	if testing.Short() {
		k.rounds = min(k.rounds, k.short)
	}
	f.t.Logf("%d rounds, seed %d", k.rounds, seed)
	random := rand.New(rand.NewPCG(seed, k.stream))
	for round := range k.rounds {
		look(round, f.killChild(time.Duration(random.Int64N(int64(k.within))), k.env...))
	}
}

func newKillFixture(t *testing.T) *fixture {
	dir := t.TempDir()
	id, key, lock := cryptotest.NewKey(t, false)
	if err := os.WriteFile(filepath.Join(dir, "identity"), []byte(id.Reveal()+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	f := &fixture{t: t, dir: filepath.Join(dir, "vault"), state: filepath.Join(dir, "state"), key: key, now: time.Now()}
	v, err := vault.Create(t.Context(), f.dir, vault.CreateOptions{State: f.state, Slots: []vault.NewSlot{{Label: "identity", Lock: lock}}})
	if err != nil {
		t.Fatal(err)
	}
	v.Close()
	return f
}

// killChild runs the child for a while after it has opened the vault, and kills it. It
// returns the last number that the child said of each thing.
func (f *fixture) killChild(after time.Duration, env ...string) (said map[string]int) {
	f.t.Helper()
	child := exec.Command(os.Args[0])
	child.Env = append(append(os.Environ(), "TACIT_TEST_CHILD="+filepath.Dir(f.dir)), env...)
	out, err := child.StdoutPipe()
	if err != nil {
		f.t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		f.t.Fatal(err)
	}
	said = map[string]int{}
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		var n int
		what, number, _ := strings.Cut(lines.Text(), " ")
		fmt.Sscan(number, &n)
		said[what] = n
		switch what {
		case "open":
			time.AfterFunc(after, func() { child.Process.Kill() })
		case "error":
			f.t.Errorf("child: %s", lines.Text())
			child.Process.Kill()
		}
	}
	child.Wait()
	return said
}

// check holds the vault against what was acknowledged. A reader comes first in
// every other round, so that both ways of opening after a kill are taken.
func (f *fixture) check(round, set, batch int) {
	f.t.Helper()
	ways := [][]func(*vault.Options){{readOnly}, {}}
	for _, way := range [][]func(*vault.Options){ways[round%2], ways[(round+1)%2]} {
		f.with(func(v *vault.Vault) {
			var n int
			if set > 0 {
				fmt.Sscan(get(f.t, v, "COUNTER"), &n)
			}
			if n < set {
				f.t.Fatalf("round %d: the counter is %d, acknowledged was %d", round, n, set)
			}
			f.checkBatch(v, round, batch)
			r, err := v.Verify(context.Background(), vault.VerifyOptions{})
			if err != nil || len(r.Findings) > 0 {
				f.t.Fatalf("round %d: %+v, %v", round, r.Findings, err)
			}
		}, way...)
	}
}

func (f *fixture) checkBatch(v *vault.Vault, round, batch int) {
	f.t.Helper()
	all, err := v.ReadAll(context.Background())
	if err != nil {
		f.t.Fatalf("round %d: %v", round, err)
	}
	values := map[string]int{}
	for _, sec := range all {
		if sec.Name != "COUNTER" {
			values[string(sec.Value.Reveal())]++
		}
	}
	if len(values) > 1 {
		f.t.Fatalf("round %d: a batch is there in part: %v", round, values)
	}
	for value, n := range values {
		var of int
		fmt.Sscan(value, &of)
		if n != killBatch || of < batch {
			f.t.Fatalf("round %d: batch %d with %d secrets, acknowledged was %d", round, of, n, batch)
		}
	}
	if len(values) == 0 && batch > 0 {
		f.t.Fatalf("round %d: batch %d is lost", round, batch)
	}
}
