package torture

import (
	"errors"
	"flag"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

var (
	injectAll = flag.Bool("inject.all", false, "every occurrence of every system call, up to the 200th, instead of a sample")
	injectOp  = flag.String("inject.op", "", "only this operation")
	injectAt  = flag.Bool("inject.memory", false, "only calls that are about the machine's memory")
	injectOf  = flag.String("inject.calls", "", "only these system calls, as strace groups them, such as msync")
)

const (
	occurrences = 200
	// misses is how many occurrences in a row are not reached before the series
	// ends: the calls are counted by thread, and Go's work wanders between them.
	misses = 3
)

// The system calls that fail, as strace groups them.
var injectedCalls = []string{
	"openat", "pwrite64", "write", "ftruncate", "fallocate", "msync", "fsync", "fdatasync",
	"renameat,renameat2,rename", "unlinkat,unlink", "linkat", "mkdirat", "flock", "mmap", "getdents64", "statfs", "pread64", "read",
}

var injectedErrors = []string{"EIO", "ENOSPC", "EINTR", "EROFS"}

// An injection makes one system call fail, once or from then on.
type injection struct {
	op, fixture, calls, errno string
	n                         int
	on                        bool // and every one after it
	made                      bool // only about tables and value logs that are not there yet
}

func (i injection) String() string {
	on := ""
	if i.on {
		on = "+"
	}
	if i.made {
		on += " of what it makes"
	}
	return fmt.Sprintf("%s on %s, %s of %s:%d%s", i.op, i.fixture, i.errno, i.calls, i.n, on)
}

// An operation is a command under faults.
type operation struct {
	name  string
	args  []string
	stdin string
	reads bool
}

func operations(rng *rand.Rand, recipient string) []operation {
	var small, large strings.Builder
	for i := range 30 {
		fmt.Fprintf(&small, "%sI%d=%s", sep(i), i, noise(rng, 40))
	}
	for i := range 150 { // more than one transaction takes
		fmt.Fprintf(&large, "%sI%d=%s", sep(i), i, noise(rng, 9000))
	}
	return []operation{
		{name: "get", args: []string{"get", "SHARED"}, reads: true},
		{name: "get large", args: []string{"get", "LARGE1"}, reads: true},
		{name: "ls", args: []string{"ls"}, reads: true},
		{name: "verify", args: []string{"verify", "--full"}, reads: true},
		{name: "set", args: []string{"set", "SHARED"}, stdin: "new"},
		{name: "set large", args: []string{"set", "LARGE1"}, stdin: noise(rng, 100_000)},
		{name: "import", args: []string{"import", "dotenv", "-"}, stdin: small.String()},
		{name: "import large", args: []string{"import", "dotenv", "-"}, stdin: large.String()},
		{name: "rm", args: []string{"rm", "SHARED"}},
		{name: "purge", args: []string{"rm", "--purge", "--yes", "SHARED"}},
		{name: "key add", args: []string{"key", "add", "age", recipient, "--label", "second"}},
		{name: "rotate", args: []string{"rotate", "--yes"}},
	}
}

func sep(i int) string {
	if i == 0 {
		return ""
	}
	return "\n"
}

// TestInject makes single system calls fail, and asks after each what became
// of the vault.
func TestInject(t *testing.T) {
	if _, err := exec.LookPath("strace"); err != nil {
		t.Skip("strace is not there")
	}
	rng := dice(t)
	j := newInjector(t, fastDir(t), "", rng)
	if err := j.restore("closed"); err != nil {
		t.Fatal(err)
	}
	probe := j.ops[slices.IndexFunc(j.ops, func(o operation) bool { return o.name == "set" })]
	if got := j.strace(injection{calls: "flock", errno: "EIO", n: 1}, probe); !got.traced {
		t.Skip("strace may not trace here: ", got.err)
	}
	if *injectAll {
		j.all(rng)
	} else {
		j.some(rng, budget(10))
	}
	t.Log(j.table())
}

// TestFailedRecovery has a disk fail for good under a recovery, from each call on,
// one after the other. The command ends, with an error that is the disk's, and
// once the disk works all is there.
func TestFailedRecovery(t *testing.T) {
	if _, err := exec.LookPath("strace"); err != nil {
		t.Skip("strace is not there")
	}
	rng := dice(t)
	j := newInjector(t, fastDir(t), "", rng)
	if err := j.restore("closed"); err != nil {
		t.Fatal(err)
	}
	if probe := j.strace(injection{calls: "flock", errno: "EIO", n: 1}, j.ops[0]); !probe.traced {
		t.Skip("strace may not trace here: ", probe.err)
	}
	const fixture = "crashed"
	calls := []string{"pwrite64", "write", "ftruncate", "fallocate", "msync", "fsync", "fdatasync", "renameat,renameat2,rename", "unlinkat,unlink", "linkat", "mkdirat", "openat", "mmap", "flock"}
	var ops []operation
	for _, op := range j.ops {
		if op.name == "ls" || op.name == "set" {
			ops = append(ops, op)
		}
	}
	for _, op := range ops {
		// Badger's Open gives up on the value log, and waits for the table.
		for _, errno := range []string{"EIO", "EROFS"} {
			if !j.try(injection{op: op.name, fixture: fixture, calls: "openat", errno: errno, n: 1, on: true, made: true}, op) {
				t.Errorf("%s on %s makes no table", op.name, fixture)
			}
		}
	}
	if *injectAll {
		for _, op := range ops {
			for _, c := range calls {
				j.series(injection{op: op.name, fixture: fixture, calls: c, errno: "EIO", on: true}, op)
				if n := j.counts[op.name+"\t"+c]; n != nil { // a long run may be stopped
					t.Logf("%s, %s: %d injected, %d failures so far", op.name, c, n[0], j.failed)
				}
			}
		}
	} else {
		for done := 0; done < budget(6); {
			op := ops[rng.IntN(len(ops))]
			if j.try(injection{op: op.name, fixture: fixture, calls: calls[rng.IntN(len(calls))], errno: "EIO", n: 1 + rng.IntN(12), on: true}, op) {
				done++
			}
		}
	}
	t.Log(j.table())
}

// injectFixtures are the vaults that operations fail on: closed, with so many
// tables that the operation merges them, and one that has to be recovered first.
var injectFixtures = []string{"closed", "levels", "crashed"}

type injector struct {
	t *testing.T
	*bench
	rig    *rig
	ops    []operation
	before map[string]contents      // by fixture
	after  map[string]contents      // by operation and fixture
	outs   map[string]string        // what the operation prints, likewise
	took   map[string]time.Duration // likewise
	counts map[string]*[4]int       // by operation and calls: injected, succeeded, refused, uncertain
	failed int
}

// some makes a sample of faults.
func (j *injector) some(rng *rand.Rand, count int) {
	for done := 0; done < count; {
		op := j.ops[rng.IntN(len(j.ops))]
		i := injection{
			op: op.name, fixture: injectFixtures[rng.IntN(len(injectFixtures))],
			calls: injectedCalls[rng.IntN(len(injectedCalls))], errno: injectedErrors[rng.IntN(len(injectedErrors))],
			n: 1 + rng.IntN(10),
		}
		i.on = i.errno != "EINTR" && rng.IntN(2) == 0
		if j.try(i, op) {
			done++
		}
	}
}

// all makes every fault. The vault that an operation fails on is drawn for each
// series.
func (j *injector) all(rng *rand.Rand) {
	for _, op := range j.ops {
		if *injectOp != "" && *injectOp != op.name {
			continue
		}
		for _, calls := range injectedCalls {
			if *injectOf != "" && *injectOf != calls {
				continue
			}
			for _, errno := range injectedErrors {
				for _, on := range []bool{false, true} {
					if on && errno == "EINTR" {
						continue // no system interrupts for ever
					}
					j.series(injection{op: op.name, fixture: injectFixtures[rng.IntN(len(injectFixtures))], calls: calls, errno: errno, on: on}, op)
				}
			}
			if n := j.counts[op.name+"\t"+calls]; n != nil { // a long run may be stopped
				j.t.Logf("%s, %s: %d injected, %d failures so far", op.name, calls, n[0], j.failed)
			}
		}
	}
}

// series makes the calls fail one after the other.
func (j *injector) series(i injection, op operation) {
	missed := 0
	for i.n = 1; i.n <= occurrences && missed < misses; i.n++ {
		missed++
		if j.try(i, op) {
			missed = 0
		}
	}
}

// try runs the operation with one fault, and looks at what is left. It tells
// whether the fault came about.
func (j *injector) try(i injection, op operation) bool {
	j.expect(i.fixture, op)
	if err := j.restore(i.fixture); err != nil {
		j.t.Fatal(err)
	}
	got := j.strace(i, op)
	if !got.traced {
		return false
	}
	n := j.counts[i.op+"\t"+i.calls]
	if n == nil {
		n = new([4]int)
		j.counts[i.op+"\t"+i.calls] = n
	}
	n[0]++
	switch {
	case got.code == 0:
		n[1]++
	case uncertain(got.err):
		n[3]++
	default:
		n[2]++
	}
	faults := j.judge(i, op, got)
	if len(faults) > 0 {
		j.failed++
		j.t.Errorf("%v: exit %d: %s\n  %s", i, got.code, firstLines(strings.TrimSpace(got.err), 30), strings.Join(faults, "\n  "))
	}
	return true
}

// uncertain tells whether an error says that a change may be there or not.
func uncertain(message string) bool { return strings.Contains(message, "may be there or not") }

// expect finds out, once, what the operation does where nothing fails.
func (j *injector) expect(fixture string, op operation) {
	key := op.name + " " + fixture
	if _, ok := j.after[key]; ok {
		return
	}
	if _, ok := j.before[fixture]; !ok {
		j.before[fixture] = j.honestly(fixture, operation{})
	}
	j.after[key] = j.honestly(fixture, op)
}

// honestly runs an operation on a fixture without a fault.
func (j *injector) honestly(fixture string, op operation) contents {
	if err := j.restore(fixture); err != nil {
		j.t.Fatal(err)
	}
	if op.name != "" {
		begun := time.Now()
		got := j.rig.run(op.stdin, j.args(op)...)
		j.took[op.name+" "+fixture] = time.Since(begun)
		if got.code != 0 {
			j.t.Fatalf("%s on %s: exit %d\n%s", op.name, fixture, got.code, got.err)
		}
		j.outs[op.name+" "+fixture] = got.out
	}
	c, err := j.contents()
	if err != nil {
		j.t.Fatalf("after %s on %s: %v", op.name, fixture, err)
	}
	return c
}

func (j *injector) args(op operation) []string {
	return append(slices.Clone(op.args), "--state", j.state(), "--no-input")
}

// injected is what came of a run under strace.
type injected struct {
	result
	traced bool // the fault came about
	hung   bool
}

func (j *injector) strace(i injection, op operation) injected {
	log := filepath.Join(j.root, "strace.log")
	os.Remove(log)
	when := fmt.Sprint(i.n)
	if i.on {
		when += "+"
	}
	args := []string{"-f", "--seccomp-bpf", "-qq", "-o", log, "-e", "trace=" + i.calls, "-e", fmt.Sprintf("inject=%s:error=%s:when=%s", i.calls, i.errno, when)}
	paths := j.paths(i.calls)
	if i.made {
		paths = j.unmade()
	}
	for _, path := range paths {
		args = append(args, "-P", path)
	}
	traced := j.rig.under(j.args(op), append([]string{"strace"}, args...)...)
	traced.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	hung := false
	traced.Cancel = func() error {
		hung = true
		return syscall.Kill(-traced.Process.Pid, syscall.SIGKILL)
	}
	got := injected{result: j.rig.finish(traced, op.stdin)}
	got.hung = hung
	text, err := os.ReadFile(log)
	got.traced = err == nil && strings.Contains(string(text), "(INJECTED)")
	return got
}

// unmade are the tables and value logs that Badger makes next, each as it is called
// in the folder that is held.
func (j *injector) unmade() (list []string) {
	db := filepath.Join(j.vault(), "db")
	for n := range 80 {
		for _, name := range []string{fmt.Sprintf("%06d.sst", n), fmt.Sprintf("%06d.vlog", n)} {
			if _, err := os.Lstat(filepath.Join(db, name)); err == nil {
				continue
			}
			for fd := range 16 {
				list = append(list, fmt.Sprintf("/proc/self/fd/%d/%s", fd, name))
			}
		}
	}
	return list
}

// paths are the files that the calls have to be about: memory that the runtime
// maps, and the pipes to the test, are not the vault's.
func (j *injector) paths(calls string) []string {
	if *injectAt {
		return j.memory()
	}
	if calls != "mmap" && calls != "write" && calls != "read" && calls != "openat" && calls != "pread64" && calls != "getdents64" {
		return nil
	}
	dir, db := j.vault(), filepath.Join(j.vault(), "db")
	list := []string{dir, db, filepath.Join(dir, "VAULT"), filepath.Join(dir, "lock"), filepath.Join(dir, "ballast"), filepath.Join(dir, "slots"), j.state(), filepath.Join(j.root, "id.txt")}
	folders := []string{db, db + ".part"}
	if calls == "openat" { // by the folder that is held
		for n := range 12 {
			folders = append(folders, fmt.Sprint("/proc/self/fd/", n))
		}
	}
	for _, sub := range folders {
		for _, name := range []string{"MANIFEST", "MANIFEST-REWRITE", "KEYREGISTRY", "DISCARD", "LOCK"} {
			list = append(list, filepath.Join(sub, name))
		}
		for n := range 24 {
			list = append(list, filepath.Join(sub, fmt.Sprintf("%05d.mem", n)), filepath.Join(sub, fmt.Sprintf("%06d.sst", n)),
				filepath.Join(sub, fmt.Sprintf("%06d.vlog", n)))
		}
	}
	return append(list, j.memory()...)
}

// memory are the files of what the machine remembers, those that come and go
// included.
func (j *injector) memory() (list []string) {
	_ = filepath.WalkDir(j.state(), func(path string, e os.DirEntry, err error) error {
		list = append(list, path, path+".new", path+".next")
		return nil
	})
	return list
}

// judge says what is wrong with how an operation ended under a fault.
func (j *injector) judge(i injection, op operation, got injected) (faults []string) {
	fault := func(format string, args ...any) { faults = append(faults, fmt.Sprintf(format, args...)) }
	switch {
	case got.hung:
		fault("it hangs")
	case strings.Contains(got.err, "goroutine ") || strings.Contains(got.err, "panic:") || strings.Contains(got.err, "fatal error"):
		fault("it crashes")
	case !slices.Contains([]int{0, 1, 3, 6, 8, 9, 10}, got.code):
		fault("the exit code is none of the documented")
	case i.errno == "EIO" && i.on && i.fixture == "crashed" && got.code == 1:
		fault("it does not say that the disk fails")
	case got.code == 3:
		fault("it says that something is not there that is")
	case got.code != 0 && !strings.Contains(got.err, "tacit: "):
		fault("the error says nothing")
	}
	before, after := j.before[i.fixture], j.after[op.name+" "+i.fixture]
	if op.reads && got.code == 0 && got.out != j.outs[op.name+" "+i.fixture] {
		fault("it returns something else, and no error")
	}
	if got.code == 0 && !op.reads {
		if err := j.remembered(i.fixture); err != nil {
			fault("it succeeded, and the state before it, put back: %v", err)
		}
	}
	now, err := j.contents()
	if err != nil && strings.Contains(err.Error(), "the recovery copy") && strings.Contains(got.err, "warning: slot copies") {
		// Where every try to write a copy fails it says so, and this is the remedy.
		j.rig.run("", j.args(operation{args: []string{"doctor", "--fix"}})...)
		now, err = j.contents()
	}
	if op.name == "rotate" && now["pin"] != before["pin"] {
		after = maps.Clone(after)
		after["pin"] = now["pin"] // it is another one each time
	}
	switch {
	case err != nil:
		fault("without the fault: %v", err)
		return faults
	case got.code == 0 && !maps.Equal(now, after):
		fault("it succeeded, and the vault is another: %s", differ(now, after))
	case got.code != 0 && maps.Equal(now, before):
	case got.code != 0 && maps.Equal(now, after):
		if !uncertain(got.err) && !strings.Contains(got.err, "it is deleted, but") && !strings.Contains(got.err, "is rotated, but") {
			fault("it failed, and the change is there")
		}
	case got.code != 0:
		fault("the vault is neither as before nor as after: %s", differ(now, before))
	}
	if err := j.writes(); err != nil {
		fault("without the fault, a write: %v", err)
	}
	return faults
}

// remembered puts the fixture back in the place of what was made of it, and takes
// it away again: the machine must not take it.
func (j *injector) remembered(fixture string) error {
	aside := j.vault() + ".aside"
	err := errors.Join(os.Rename(j.vault(), aside), copyTree(j.vault(), j.honest(fixture, "vault")))
	if err != nil {
		return err
	}
	got := j.rig.run("", "get", "MIDDLE0", "--state", j.state(), "--no-input")
	if got.code != 8 {
		err = fmt.Errorf("exit %d: %s", got.code, got.err)
	}
	return errors.Join(err, os.RemoveAll(j.vault()), os.Rename(aside, j.vault()))
}

// table is what was made to fail, and what came of it.
func (j *injector) table() string {
	var b strings.Builder
	var total [4]int
	for _, key := range sortedKeys(j.counts) {
		n := j.counts[key]
		fmt.Fprintf(&b, "%s\t%d injected: %d succeeded, %d refused, %d uncertain\n", key, n[0], n[1], n[2], n[3])
		for k := range total {
			total[k] += n[k]
		}
	}
	return fmt.Sprintf("%d faults injected, %d failures: %d times the operation succeeded, %d times it was refused, %d times its end was uncertain\n%s",
		total[0], j.failed, total[1], total[2], total[3], b.String())
}
