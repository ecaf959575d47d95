package torture

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"
)

// newInjector makes a bench in root with vaults of the usual kinds, and what
// commands do to them. What is put back between two commands is kept in another
// folder, where one is named.
func newInjector(t *testing.T, root, kept string, rng *rand.Rand) *injector {
	t.Helper()
	bin, err := program()
	if err != nil {
		t.Fatal(err)
	}
	b, err := newBench(root)
	if err != nil {
		t.Fatal(err)
	}
	if kept != "" {
		b.kept = kept
	}
	if err := b.makeFixtures(rng, injectFixtures...); err != nil {
		t.Fatal(err)
	}
	return &injector{
		t: t, bench: b, rig: &rig{t: t, home: b.root, dir: b.vault(), bin: bin}, ops: operations(rng, b.recipient),
		before: map[string]contents{}, after: map[string]contents{}, outs: map[string]string{},
		took: map[string]time.Duration{}, counts: map[string]*[4]int{},
	}
}

// limits are what a shell's ulimit allows a process too little of.
var limits = []struct {
	name   string
	values []int64
	// below is where Go's own runtime cannot begin, or go on, and ends the
	// process in its own words: it needs seven files to run at all.
	below int64
}{
	{"fsize", []int64{0, 100, 4 << 10, 64 << 10, 1<<20 - 1, 1 << 20, 4 << 20, 8 << 20, 16<<20 - 1, 32 << 20}, 0},
	{"nofile", []int64{5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 18, 20, 22, 24, 28, 32, 40}, 8},
	{"as", []int64{64 << 20, 256 << 20, 512 << 20, 1 << 30, 2 << 30}, 8 << 30},
}

// TestLimits runs commands that the system allows too little: files that are
// too large, too many of them, too much memory. What cannot be done is an error
// that blames neither the vault nor its owner, and nothing is lost.
func TestLimits(t *testing.T) {
	if _, err := exec.LookPath("prlimit"); err != nil {
		t.Skip("prlimit is not there")
	}
	rng := dice(t)
	j := newInjector(t, fastDir(t), "", rng)
	counts := map[string]int{}
	for range budget(6) {
		limit := limits[rng.IntN(len(limits))]
		value := limit.values[rng.IntN(len(limit.values))]
		op, fixture := j.ops[rng.IntN(len(j.ops))], injectFixtures[rng.IntN(len(injectFixtures))]
		j.expect(fixture, op)
		if err := j.restore(fixture); err != nil {
			t.Fatal(err)
		}
		limited := j.rig.under(j.args(op), "prlimit", fmt.Sprintf("--%s=%d:%d", limit.name, value, value))
		got := injected{result: j.rig.finish(limited, op.stdin)}
		counts[fmt.Sprintf("%s exit %d", limit.name, got.code)]++
		faults := j.judge(injection{op: op.name, fixture: fixture}, op, got)
		if got.code == 8 {
			faults = append(faults, "it blames the vault")
		}
		if strings.Contains(got.err, "too many open files") && !strings.Contains(got.err, "RLIMIT_NOFILE) is") {
			faults = append(faults, "it does not name the limit")
		}
		if value < limit.below { // the runtime's own words; but nothing may be lost
			faults = dropCrashes(faults)
		}
		if len(faults) > 0 {
			t.Errorf("%s on %s with %s %d: exit %d: %s\n  %s", op.name, fixture, limit.name, value, got.code,
				firstLines(strings.TrimSpace(got.err), 20), strings.Join(faults, "\n  "))
		}
	}
	t.Logf("%v", counts)
}

// dropCrashes leaves what is wrong with the vault.
func dropCrashes(faults []string) (rest []string) {
	for _, f := range faults {
		if f != "it crashes" && !strings.Contains(f, "exit code is none") && f != "the error says nothing" {
			rest = append(rest, f)
		}
	}
	return rest
}

var abortRecovery = flag.Bool("abort.recovery", false, "TestReadOnlyDisk: only ls, its disk cut off under the recovery")

// TestReadOnlyDisk makes a disk read-only before a command and under it.
func TestReadOnlyDisk(t *testing.T) {
	rng := dice(t)
	disk := loopDisk(t)
	if disk == nil {
		t.Skip("no disk on a file")
	}
	j := newInjector(t, disk.dir, fastDir(t), rng)
	counts := map[string]int{}
	var slowest time.Duration // of the commands
	for n := range budget(6) {
		if n > 0 && n%50 == 0 { // a long run may be stopped
			t.Logf("%d rounds, the slowest command took %v: %v", n, slowest, counts)
		}
		op, fixture := j.ops[rng.IntN(len(j.ops))], injectFixtures[rng.IntN(len(injectFixtures))]
		during := n%2 == 1
		if *abortRecovery {
			during, fixture = true, "crashed"
			op = j.ops[slices.IndexFunc(j.ops, func(o operation) bool { return o.name == "ls" })]
		}
		j.expect(fixture, op)
		if err := j.restore(fixture); err != nil {
			t.Fatal(err)
		}
		disk.sync() // a disk that is cut off loses what is not on it, and the vault was long there
		delay := time.Duration(rng.Float64() * float64(j.took[op.name+" "+fixture]))
		var got injected
		begun := time.Now()
		if during {
			aborted := make(chan struct{})
			go func() {
				defer close(aborted)
				time.Sleep(delay)
				disk.mount("remount,abort") // as the kernel does after an error of the disk
			}()
			got.result = j.rig.run(op.stdin, j.args(op)...)
			<-aborted
		} else {
			disk.mount("remount,ro")
			got.result = j.rig.run(op.stdin, j.args(op)...)
		}
		slowest = max(slowest, time.Since(begun))
		what := fmt.Sprintf("%s on %s, read-only under it %v", op.name, fixture, during)
		counts[fmt.Sprintf("under it %v: exit %d", during, got.code)]++
		if !during && got.code != 10 && !(op.reads && got.code == 0 && fixture != "crashed") {
			t.Errorf("%s: exit %d: %s", what, got.code, got.err)
		}
		disk.again()
		if faults := j.judge(injection{op: op.name, fixture: fixture}, op, got); len(faults) > 0 {
			t.Errorf("%s: exit %d: %s\n  %s", what, got.code, firstLines(strings.TrimSpace(got.err), 20), strings.Join(faults, "\n  "))
		}
	}
	t.Logf("the slowest command took %v: %v", slowest, counts)
}

// TestAgain has somebody else keep an aborted disk for a while: a test's disk is
// then there again only when it can be written to.
func TestAgain(t *testing.T) {
	disk := loopDisk(t)
	if disk == nil {
		t.Skip("no disk on a file")
	}
	holder := exec.Command("unshare", "-m", "sh", "-c", "echo; exec cat")
	in, err := holder.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := holder.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := holder.Start(); err != nil {
		t.Skipf("no second namespace: %v", err)
	}
	defer func() { in.Close(); _ = holder.Wait() }()
	if _, err := out.Read(make([]byte, 1)); err != nil {
		t.Skipf("no second namespace: %v", err)
	}
	disk.mount("remount,abort")
	defer time.AfterFunc(time.Second, func() { in.Close() }).Stop()
	disk.again()
	if err := disk.writable(); err != nil {
		t.Error(err)
	}
}
