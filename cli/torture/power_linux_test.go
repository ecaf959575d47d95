package torture

import (
	"bytes"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// A cutRow is one thing that is under way when the power goes.
type cutRow struct {
	name  string
	share int            // of 1,050 rounds
	pad   int            // of the agent's clients, in bytes; see deed
	setup func(*machine) // of each machine, once; may be nil
	deed  func(*machine, int) deed
	check func(*machine, end) // may be nil

	rewinds bool // the user puts an older state in the vault's place
}

// The rows without a deed are agents that serve clients.
var cutRows = []cutRow{
	{name: "agent", share: 350},
	{name: "agent, large", share: 200, pad: 60_000},
	{name: "set", share: 70, deed: setDeed},
	{name: "import", share: 100, deed: importDeed(1500)},
	{name: "rotate", share: 100, deed: rotateDeed},
	{name: "purge", share: 80, deed: purgeDeed},
	{name: "backup", share: 30, deed: backupDeed, check: checkBackup},
	{name: "sync", share: 50, setup: newGroup, deed: syncDeed, check: checkSync},
	{name: "restore", share: 70, deed: restoreDeed, rewinds: true},
}

// cutShares is the sum of the rows' shares.
const cutShares = 1050

var cutRowOnly = flag.String("power.row", "", "cut the power during this alone, such as sync")

// The power goes at any moment, on a file system that keeps what was synced and
// loses the rest: what was acknowledged is there, a batch whole or not at all,
// the vault verifies, and the machine's memory of it, on the same disk or on
// another, takes nothing for rolled back but what is: an older copy in the
// vault's place, from before the last write that was acknowledged.
func TestPowerCutExt4(t *testing.T) { cutPower(t, "ext4") }

func TestPowerCutXFS(t *testing.T) {
	if testing.Short() {
		t.Skip("as on ext4")
	}
	cutPower(t, "xfs")
}

func cutPower(t *testing.T, fs string) {
	d := dice(t)
	n := budget(1) // each row has one at least
	disk := newDisk(t, fs)
	p := &plant{disk: disk, dice: d}
	for _, inside := range []bool{true, false} {
		p.machines = append(p.machines, p.machine(inside))
	}
	var all tallies
	from, sum := 0, 0
	for _, row := range cutRows {
		if *cutRowOnly != "" {
			if row.name == *cutRowOnly {
				all.add(p.play(row, n))
			}
			continue
		}
		sum += row.share
		to := n * sum / cutShares
		rounds := max(to-from, 1)
		from = max(to, from)
		all.add(p.play(row, rounds))
	}
	t.Logf("power cuts on %s, %d times with the journal kept:\n%s", fs, p.kept, &all)
}

// A plant has a disk, and on it two machines' vaults.
type plant struct {
	disk     *disk
	dice     *rand.Rand
	machines []*machine
	round    int
	kept     int // cuts that kept the journal
}

// machine makes a machine with its vault on the disk. What it remembers of the
// vault lies there too, or elsewhere.
func (p *plant) machine(inside bool) *machine {
	t := p.disk.t
	bin, err := program()
	if err != nil {
		t.Fatal(err)
	}
	home := t.TempDir()
	on := filepath.Join(p.disk.dir, fmt.Sprint("inside-", inside))
	state := filepath.Join(home, "state")
	if inside {
		state = filepath.Join(on, "state")
	}
	run := filepath.Join(home, "run")
	for _, dir := range []string{on, run} {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	r := &rig{t: t, home: home, dir: filepath.Join(on, "vault"), bin: bin, env: []string{"XDG_STATE_HOME=" + state, "XDG_RUNTIME_DIR=" + run}}
	r.must("", "init", "--identity", r.identity(), "--max-value", "65536", "--history", "3")
	m := &machine{rig: r, apart: true}
	m.state = m.look()
	m.write()
	seedSecrets(60)(m)
	return m
}

// play plays n rounds, each on the other machine.
func (p *plant) play(row cutRow, n int) tally {
	if row.setup != nil {
		for _, m := range p.machines {
			row.setup(m)
		}
	}
	sum := tally{name: row.name, rounds: n}
	var took time.Duration
	for range n {
		if p.round++; p.round%100 == 0 {
			p.disk.t.Logf("%d cuts", p.round)
		}
		m := p.machines[p.round%len(p.machines)]
		how := allLost
		if p.round%4 == 0 {
			how = journalKept
			p.kept++
		}
		if row.deed == nil {
			p.cutAgent(m, row.pad, how, &sum)
			continue
		}
		if took == 0 {
			begun := time.Now()
			m.do(row.deed(m, p.round), kill{})
			took = time.Since(begun) / 4 // the rest was looking at it
			p.round++
		}
		e := p.cutDeed(m, row, took, how, &sum)
		if row.check != nil {
			row.check(m, e)
		}
	}
	return sum
}

// cutDeed cuts the power some time after a deed has begun, or when it has ended.
func (p *plant) cutDeed(m *machine, row cutRow, took time.Duration, how cut, sum *tally) (e end) {
	m.t.Helper()
	var before *past
	if !row.rewinds {
		before = m.remember()
	}
	d := row.deed(m, p.round)
	var errs bytes.Buffer
	cmd := m.command(d.args...)
	cmd.Stdin, cmd.Stderr = strings.NewReader(d.stdin), &errs
	if err := cmd.Start(); err != nil {
		m.t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() {
		_ = cmd.Wait()
		close(ended)
	}()
	select {
	case <-ended:
	case <-time.After(time.Duration(p.dice.Int64N(int64(took)*5/4 + 1))):
		e.killed = true
	}
	p.disk.cutPower(how, cmd.Process)
	<-ended
	e.code = cmd.ProcessState.ExitCode()
	if !e.killed && e.code != 0 {
		m.t.Fatalf("tacit %v: exit %d\n%s", d.args, e.code, errs.String())
	}
	p.disk.powerOn()
	if before != nil {
		before.isRefused(e.acknowledged() && d.done != nil)
	}
	sum.count(e, m.settle(d, e.acknowledged()))
	return e
}

// cutAgent cuts the power while clients write through an agent: after a number
// of writes that were acknowledged, or in every eighth round some time after it
// was started.
func (p *plant) cutAgent(m *machine, pad int, how cut, sum *tally) {
	m.t.Helper()
	before := m.remember()
	clients := newClients(m, 4, strings.Repeat("x", pad))
	stop := clients.start()
	cmd := m.command("agent", "run", "--ttl", "15m", "--no-input")
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL} // it goes with the test's thread
	if err := cmd.Start(); err != nil {
		m.t.Fatal(err)
	}
	if p.round%8 == 3 {
		time.Sleep(time.Duration(p.dice.Int64N(int64(300 * time.Millisecond))))
	} else {
		clients.await(1+p.dice.IntN(300), 30*time.Second)
		time.Sleep(time.Duration(p.dice.Int64N(int64(5 * time.Millisecond))))
	}
	p.disk.cutPower(how, cmd.Process)
	_ = cmd.Wait()
	stop()
	p.disk.powerOn()
	// Each commit makes sure of the mark of the one before it, and the clients have
	// four writes under way at most: after five of them were acknowledged, there
	// were two commits.
	before.isRefused(clients.count.Load() > 4)
	sum.killed++
	sum.acknowledged += clients.check()
}
