package main

import (
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tacit-vault/tacit/crypto"
	"github.com/tacit-vault/tacit/crypto/bundle"
	"github.com/tacit-vault/tacit/vault"
	"github.com/tacit-vault/tacit/vault/group/transport/stream"
	_ "github.com/tacit-vault/tacit/vault/ondisk" // the owner's vault is read
)

const (
	secrets    = 10 // of the group
	theGroup   = "cameras"
	slow       = 5 * time.Minute // what bounds an await that will not end
	durable    = 4 * time.Second // the goal: from the owner's set to the device's disk
	cpuAllowed = 3 * time.Millisecond
)

func secret(n int) string { return fmt.Sprint("CAM_", n%secrets) }

// A machine has a home and a vault of its own, and runs the program itself.
type machine struct {
	t         *testing.T
	bin, home string
}

func (m *machine) command(args ...string) *exec.Cmd {
	cmd := exec.Command(filepath.Join(m.bin, "tacit"), args...)
	cmd.Dir = m.home
	cmd.Env = []string{
		"HOME=" + m.home, "PATH=" + os.Getenv("PATH"),
		"TACIT_VAULT=" + filepath.Join(m.home, "vault"), "TACIT_IDENTITY=" + filepath.Join(m.home, "id"),
	}
	return cmd
}

// try runs a command.
func (m *machine) try(stdin string, args ...string) (string, error) {
	var out, errs bytes.Buffer
	cmd := m.command(args...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = strings.NewReader(stdin), &out, &errs
	if err := startTied(cmd); err != nil {
		return "", err
	}
	late := time.AfterFunc(slow, func() { endTied(cmd) })
	defer late.Stop()
	if err := cmd.Wait(); err != nil {
		return "", fmt.Errorf("tacit %s: %w\n%s", strings.Join(args, " "), err, &errs)
	}
	return out.String(), nil
}

// run is try of what has to succeed.
func (m *machine) run(stdin string, args ...string) string {
	m.t.Helper()
	out, err := m.try(stdin, args...)
	if err != nil {
		m.t.Fatal(err)
	}
	return out
}

func (m *machine) creds() string { return filepath.Join(m.home, "nats.creds") }

// A device is a machine whose vault is a reader's. It says by itself when something has
// come: sync --watch --json prints a line once the vault has it on disk, and is closed.
type device struct {
	*machine
	label  string
	leaf   bool
	server *server
	watch  *exec.Cmd
	errs   bytes.Buffer

	mu   sync.Mutex // guards what follows
	said []time.Time
}

// vaults are the owner's vault and devices, of one group.
type vaults struct {
	*fleet
	owner *machine
	id    [16]byte
	epoch *crypto.Identity // of the group
	key   bundle.PublicKey // the owner's
	all   []*device

	changes int        // that the owner has made
	mu      sync.Mutex // guards began and heard
	began   time.Time  // when the change began that is on its way
	heard   delays     // by the devices without a vault
	asked   delays     // what it took to look into a vault
	last    map[string]string
}

// vaults makes the owner's vault and its group.
func (f *fleet) vaults() *vaults {
	if f.real == 0 {
		return nil
	}
	v := &vaults{fleet: f, last: map[string]string{}}
	bin := f.t.TempDir()
	for name, of := range map[string]string{"tacit": "../..", "tacit-nats": "."} {
		cmd := exec.Command("go", "build", "-trimpath", "-tags", "urfave_cli_no_docs", "-o", filepath.Join(bin, name), of)
		cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
		if out, err := cmd.CombinedOutput(); err != nil {
			f.t.Fatalf("building %s: %v\n%s", name, err, out)
		}
	}
	v.owner = v.machine(bin, "owner")
	f.site.hub.admits(v.owner.creds(), "owner", nil) // until the group is there
	for n := range secrets {
		v.last[secret(n)] = "at first"
		v.owner.run("at first", "set", secret(n))
	}
	v.owner.run("", "group", "create", theGroup, "--only", "CAM_*", "--at", v.through(f.site.servers[0]), "--label", "owner", "--no-recovery", "--yes")
	v.learn()
	v.permit(map[string]*device{})
	for i := range f.real {
		d := &device{machine: v.machine(bin, fmt.Sprint("device-", i)), label: fmt.Sprint("real-", i), leaf: i%2 == 1}
		d.server = f.site.servers[i/2%len(f.site.servers)]
		if d.leaf {
			d.server = f.site.behind
		}
		v.all = append(v.all, d)
	}
	return v
}

func (v *vaults) machine(bin, name string) *machine {
	m := &machine{v.t, bin, filepath.Join(v.t.TempDir(), name)}
	if err := os.Mkdir(m.home, 0o700); err != nil {
		v.t.Fatal(err)
	}
	m.run("", "init", "--identity", filepath.Join(m.home, "id"))
	return m
}

// through is the owner's address of a server.
func (v *vaults) through(s *server) string { return s.with(v.owner.creds(), v.site.ca) }

// learn reads the group's keys in the owner's vault, for the devices without one.
func (v *vaults) learn() {
	t, ctx := v.t, context.Background()
	file, err := os.Open(filepath.Join(v.owner.home, "id"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	id, err := crypto.Identities("id", file)
	if err != nil {
		t.Fatal(err)
	}
	open, err := vault.Open(ctx, filepath.Join(v.owner.home, "vault"), vault.Options{Keys: []crypto.Key{id}, State: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	defer open.Close()
	names, err := vault.GroupRecords(ctx, open)
	if err != nil || len(names) == 0 {
		t.Fatal(names, err)
	}
	record, _, err := vault.GroupRecord(ctx, open, names[0])
	var state struct {
		Self   string
		Group  string
		Epochs map[uint64]string
		Keys   map[string]string
	}
	if err == nil {
		err = json.Unmarshal(record.Reveal(), &state)
	}
	if err == nil {
		v.epoch, err = crypto.ParseIdentity(state.Epochs[1])
	}
	key, notHex := hex.DecodeString(state.Keys[state.Self])
	group, notHex2 := hex.DecodeString(state.Group)
	if err := errors.Join(err, notHex, notHex2); err != nil || len(key) != len(v.key) || len(group) != len(v.id) {
		t.Fatalf("%s holds no keys of the group: %v", names[0], err)
	}
	v.key, v.id = bundle.PublicKey(key), [16]byte(group)
}

// permit gives the owner, and devices by label, credentials for what the owner's tacit
// prints.
func (v *vaults) permit(devices map[string]*device) {
	var list []struct {
		Label, Role        string
		Publish, Subscribe []string
	}
	if err := json.Unmarshal([]byte(v.owner.run("", "group", "members", theGroup, "--nats", "--json")), &list); err != nil {
		v.t.Fatal(err)
	}
	for _, m := range list {
		p := stream.Permissions{Publish: m.Publish, Subscribe: m.Subscribe}
		if m.Role == "owner" {
			v.site.hub.admits(v.owner.creds(), m.Label, &p)
			continue
		}
		for _, d := range devices {
			if m.Label == d.label || m.Role == "joiner" {
				d.permit(v.site, p)
			}
		}
		delete(devices, m.Label)
	}
}

func (d *device) permit(s *site, p stream.Permissions) {
	by := s.hub
	if d.leaf {
		by, p = s.leaf, p.InDomain("hub")
	}
	by.admits(d.creds(), d.label, &p)
}

func (d *device) address(ca string) string {
	if d.leaf {
		ca = ""
	}
	return d.server.with(d.creds(), ca)
}

// enrol has all join by one code, at once, as a user who has no more than that.
func (v *vaults) enrol() {
	began := time.Now()
	code := v.owner.run("", "group", "invite", theGroup, "--uses", strconv.Itoa(len(v.all)), "--ttl", "1h")
	devices := map[string]*device{}
	for _, d := range v.all {
		devices[d.label] = d
	}
	// The permissions for joining come first in what is printed.
	v.permit(devices)
	var joining sync.WaitGroup
	joined := make(chan struct{})
	for _, d := range v.all {
		joining.Go(func() {
			if _, err := d.try(code, "join", "--code-file", "-", "--label", d.label, "--at", d.address(v.site.ca), "--no-input"); err != nil {
				v.t.Error(err)
			}
		})
	}
	go func() {
		joining.Wait()
		close(joined)
	}()
	for over := false; !over; {
		if _, err := v.owner.try("", "sync"); err != nil && (!unreached(err) || time.Since(began) > slow) {
			v.t.Fatal(err)
		}
		select {
		case <-joined:
			over = true
		case <-time.After(time.Second):
		}
	}
	if v.t.Failed() {
		v.t.FailNow()
	}
	for _, d := range v.all {
		devices[d.label] = d
	}
	if v.permit(devices); len(devices) > 0 {
		v.t.Fatalf("%d have joined and are not listed", len(devices))
	}
	v.t.Logf("%d vaults joined by one code, half of them behind the leaf, in %v", len(v.all), time.Since(began).Round(100*time.Millisecond))
}

// listen starts sync --watch.
func (d *device) listen() {
	d.watch = d.command("sync", "--watch", "--json", "--no-input")
	d.watch.Stderr = &d.errs
	out, err := d.watch.StdoutPipe()
	if err == nil {
		err = startTied(d.watch)
	}
	if err != nil {
		d.t.Fatal(err)
	}
	ended := make(chan struct{})
	d.t.Cleanup(func() {
		endTied(d.watch)
		<-ended
		_ = d.watch.Wait()
	})
	go func() {
		defer close(ended)
		d.hear(out)
	}()
}

func (d *device) hear(out io.Reader) {
	lines := json.NewDecoder(out)
	for {
		var did []struct{ Received int }
		if lines.Decode(&did) != nil {
			return
		}
		now := time.Now()
		for _, one := range did {
			if one.Received > 0 {
				d.mu.Lock()
				d.said = append(d.said, now)
				d.mu.Unlock()
			}
		}
	}
}

// newest is when it has said last that something has come, if that was after a time.
func (d *device) newest(after time.Time) (at time.Time, ok bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if n := len(d.said); n > 0 && d.said[n-1].After(after) {
		return d.said[n-1], true
	}
	return at, false
}

// await waits until the vaults of devices have a value of a secret, and says when each
// had it. Nobody asks a vault before all have said that something has come: that costs
// the measurement nothing. Then each is asked, and only one that has the value counts.
func (v *vaults) await(since time.Time, devices []*device, name, value string, then func(d *device, at time.Time)) {
	end := time.Now().Add(slow)
	tell := func(d *device) {
		if time.Now().After(end) {
			v.t.Fatalf("%s never got %s: %s", d.label, name, &d.errs)
		}
		time.Sleep(2 * time.Millisecond)
	}
	for _, d := range devices {
		for {
			if _, ok := d.newest(since); ok {
				break
			}
			tell(d)
		}
	}
	for _, d := range devices {
		for from := since; ; {
			at, ok := d.newest(from)
			if !ok {
				tell(d)
				continue
			}
			began := time.Now()
			got := d.run("", "get", name)
			v.asked.add(time.Since(began))
			if strings.TrimSuffix(got, "\n") == value {
				then(d, at)
				break
			}
			from = at
		}
	}
}

// set has the owner set a secret and sync, by other means where given.
func (v *vaults) set(n int, sync ...string) (name, value string, began time.Time) {
	name, value = secret(n), fmt.Sprint("value ", n)
	began = time.Now()
	v.mu.Lock()
	v.began = began
	v.mu.Unlock()
	v.owner.run(value, "set", name)
	v.last[name] = value
	for {
		_, err := v.owner.try("", append([]string{"sync"}, sync...)...)
		if err == nil {
			return name, value, began
		}
		if !unreached(err) || time.Since(began) > slow {
			v.t.Fatal(err)
		}
	}
}

// unreached tells whether a command found nobody at an address.
func unreached(err error) bool {
	exit := (*exec.ExitError)(nil)
	return errors.As(err, &exit) && exit.ExitCode() == 11
}

func (v *vaults) some(leaf bool) (list []*device) {
	for _, d := range v.all {
		if d.leaf == leaf {
			list = append(list, d)
		}
	}
	return list
}

// measure has the owner set secrets, one after the other.
func (v *vaults) measure() {
	t := v.t
	v.enrol()
	for _, d := range v.all {
		d.listen()
	}
	for _, c := range append(append([]*carrier{}, v.ahead...), v.behind...) {
		v.fleet.hear(c, v.id, v.epoch, v.key, func() {}, func(uint64) {
			v.mu.Lock()
			defer v.mu.Unlock()
			v.heard.add(time.Since(v.began))
		})
	}
	next := func(devices []*device, d *delays, sync ...string) {
		v.changes++
		name, value, began := v.set(v.changes, sync...)
		v.await(began, devices, name, value, func(_ *device, at time.Time) { d.add(at.Sub(began)) })
	}
	for range 2 { // until all listen
		next(v.all, &delays{})
	}
	v.heard, v.asked = delays{}, delays{}
	var quiet delays
	cpu := v.cpu()
	for range v.rounds {
		next(v.all, &quiet)
	}
	spent := (v.cpu() - cpu) / time.Duration(v.rounds*len(v.all))
	t.Logf("%d vaults, each with a process of its own, amid %d devices without one; each time from the beginning of the owner's set", len(v.all), v.devices)
	v.row("verified and decrypted by those without a vault", 500*time.Millisecond, &v.heard)
	v.row(fmt.Sprintf("%d changes in the vault, on disk", v.rounds), durable, &quiet)
	t.Logf("a look into a vault, of which each change takes one a device, afterwards: %s", &v.asked)
	t.Logf("processor time a device and change, of tacit and its helper: %v; goal: <= %v: %s", spent.Round(10*time.Microsecond), cpuAllowed, reached(spent <= cpuAllowed))

	if !v.calm {
		v.kills(next)
		v.cuts(next)
	}
	v.count()
}

// kills has the server that leads be killed while the owner syncs, which goes through
// another one; a third of the devices at the hub have to find another one, too.
func (v *vaults) kills(next func(devices []*device, d *delays, sync ...string)) {
	var took delays
	for range 2 {
		victim := leader(v.t, v.site.admin, v.site.servers)
		stays := v.site.servers[0]
		if stays == victim {
			stays = v.site.servers[1]
		}
		killed := make(chan struct{})
		go func() {
			victim.kill()
			close(killed)
		}()
		next(v.all, &took, "--at", v.through(stays))
		<-killed
		victim.run()
	}
	v.row("2 changes in the vault, the leader killed at each", durable, &took)
}

// cuts has the leaf be cut off while the owner syncs.
func (v *vaults) cuts(next func(devices []*device, d *delays, sync ...string)) {
	var hub, leaf delays
	v.site.behind.kill()
	for range 3 {
		next(v.some(false), &hub)
	}
	began := time.Now()
	v.site.behind.run()
	name := secret(v.changes)
	v.await(began, v.some(true), name, v.last[name], func(_ *device, at time.Time) { leaf.add(at.Sub(began)) })
	v.row("3 changes in the vaults at the hub, the leaf cut off", durable, &hub)
	v.row("in those behind the leaf, from its return", 0, &leaf)
}

// count holds every vault against the owner's.
func (v *vaults) count() {
	lost := 0
	for _, d := range v.all {
		var got map[string]string
		if err := json.Unmarshal([]byte(d.run("", "export", "json")), &got); err != nil {
			v.t.Fatal(err)
		}
		for name, value := range v.last {
			if got[name] != value {
				v.t.Errorf("%s: %s is %q, must be %q", d.label, name, got[name], value)
				lost++
			}
		}
		d.run("", "verify")
		if said := strings.TrimSpace(d.errs.String()); said != "" {
			v.t.Logf("%s said: %s", d.label, said)
		}
	}
	v.t.Logf("%d vaults hold the last values of %d secrets and verify; lost %d", len(v.all), len(v.last), lost)
}

// tick is what the system counts processor time in.
const tick = 10 * time.Millisecond

// cpu is the processor time that the devices' processes have taken.
func (v *vaults) cpu() (total time.Duration) {
	for _, d := range v.all {
		pid := d.watch.Process.Pid
		children, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", pid))
		if err != nil {
			v.t.Fatal(err)
		}
		pids := []string{strconv.Itoa(pid)}
		for _, file := range children {
			list, _ := os.ReadFile(file)
			pids = append(pids, strings.Fields(string(list))...)
		}
		for _, pid := range pids {
			stat, _ := os.ReadFile(filepath.Join("/proc", pid, "stat"))
			_, rest, _ := strings.Cut(string(stat), ") ")
			fields := strings.Fields(rest)
			if len(fields) < 13 {
				continue
			}
			for _, field := range fields[11:13] {
				ticks, _ := strconv.Atoi(field)
				total += time.Duration(ticks) * tick
			}
		}
	}
	return total
}
