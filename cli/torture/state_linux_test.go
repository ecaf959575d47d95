package torture

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// An obstacle is something that keeps the machine from writing its memory.
type obstacle struct {
	name string
	// raise puts it in the way of the memory in the folder, and returns what takes
	// it away.
	raise func(t *testing.T, state string) (remove func())
	mount string // options of the tmpfs that the memory lies on, if it does
	ext4  bool   // it lies on an ext4
	under []string
	code  int  // of a write
	deaf  bool // nothing can be read either
	slow  bool // each write waits
}

var obstacles = []obstacle{
	{name: "full", mount: "size=128k", raise: fillUp, code: 10},
	{name: "no inodes", mount: "nr_inodes=24", raise: useInodes, code: 10},
	{name: "read-only", raise: bindReadOnly, code: 10},
	{
		name: "mode 0500", raise: modes(0o500), code: 10,
		under: []string{"setpriv", "--bounding-set=-dac_override,-dac_read_search"}, // as anybody but root
	},
	{name: "immutable", ext4: true, raise: immutable, code: 10},
	{name: "vaults is a file", raise: vaultsIsFile, code: 8, deaf: true},
	{name: "locked", raise: keepLocked, code: 9, slow: true},
}

// TestStateFolder: where this machine cannot write down what a vault is about to
// become, nothing is committed, and an older copy of it is told as before.
func TestStateFolder(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("mounting takes root")
	}
	for _, o := range obstacles {
		t.Run(o.name, func(t *testing.T) { o.test(t) })
	}
}

func (o obstacle) test(t *testing.T) {
	bin, err := program()
	if err != nil {
		t.Fatal(err)
	}
	for _, tool := range o.under[:min(1, len(o.under))] {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skip(err)
		}
	}
	home := t.TempDir()
	r := &rig{t: t, home: home, dir: filepath.Join(home, "vault"), bin: bin, env: []string{"XDG_STATE_HOME=" + o.place(t)}}
	state := filepath.Join(strings.TrimPrefix(r.env[0], "XDG_STATE_HOME="), "tacit")
	r.must("", "init", "--identity", r.identity())
	r.must("1", "set", "A")
	older, now := filepath.Join(home, "older"), filepath.Join(home, "now")
	if err := copyTree(older, r.dir); err != nil {
		t.Fatal(err)
	}
	r.must("2", "set", "A")
	before := r.must("", "history", "A", "--json")
	remove := o.raise(t, state)
	run := func(stdin string, args ...string) result { return r.finish(r.under(args, o.under...), stdin) }
	if len(o.under) == 0 {
		run = func(stdin string, args ...string) result { return r.run(stdin, args...) }
	}
	for _, args := range o.writes() {
		got := run(`{"A":"3"}`, args...)
		if got.code != o.code || !o.deaf && !strings.Contains(got.err, "nothing was written") || !strings.Contains(got.err, state) {
			t.Errorf("tacit %v: exit %d, want %d\n%s", args, got.code, o.code, got.err)
		}
	}
	if got := run("", "history", "A", "--json"); !o.deaf && (got.code != 0 || got.out != before) {
		t.Errorf("history: exit %d\n%s%s", got.code, got.out, got.err)
	}
	if got := run("", "verify", "--full"); !o.deaf && got.code != 0 {
		t.Errorf("verify: exit %d\n%s%s", got.code, got.out, got.err)
	}
	exchange := func(with string) {
		if err := errors.Join(os.Rename(r.dir, now), os.Rename(with, r.dir)); err != nil {
			t.Fatal(err)
		}
	}
	exchange(older)
	due := 8
	if o.deaf {
		due = o.code
	}
	if got := run("", "get", "A"); got.code != due {
		t.Errorf("an older copy: exit %d, want %d\n%s%s", got.code, due, got.out, got.err)
	}
	remove()
	if got := r.run("", "get", "A"); got.code != 8 {
		t.Errorf("an older copy, and nothing in the way: exit %d\n%s%s", got.code, got.out, got.err)
	}
	if err := os.RemoveAll(r.dir); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(now, r.dir); err != nil {
		t.Fatal(err)
	}
	if after := r.must("", "history", "A", "--json"); after != before {
		t.Errorf("something was committed: %s, not %s", after, before)
	}
	r.must("3", "set", "A")
	r.verifies()
}

// writes are the commands that commit; few where each has to wait.
func (o obstacle) writes() [][]string {
	if o.slow {
		return [][]string{{"set", "A"}}
	}
	return [][]string{
		{"set", "A"},
		{"rotate", "--yes"},
		{"key", "add", "age", "age1u5m8gvdarf3e6j58mtwd0hd63t7lrrfeexe42fhypm6apnndysjsym24cg", "--label", "more"},
		{"policy", "--history", "3"},
		{"import", "json"},
	}
}

// place makes the folder of state folders.
func (o obstacle) place(t *testing.T) string {
	dir := t.TempDir()
	switch {
	case o.ext4:
		disk := loopDisk(t)
		if disk == nil {
			t.Skip("no disk on a file")
		}
		return disk.dir
	case o.mount != "":
		if err := unix.Mount("tmpfs", dir, "tmpfs", 0, "mode=0700,"+o.mount); err != nil {
			t.Skipf("no right to mount: %v", err)
		}
		t.Cleanup(func() { _ = unix.Unmount(dir, unix.MNT_DETACH) })
	}
	return dir
}

func fillUp(t *testing.T, state string) func() {
	filler := filepath.Join(state, "filler")
	f, err := os.Create(filler)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for err == nil {
		_, err = f.Write(make([]byte, 4096))
	}
	if !errors.Is(err, syscall.ENOSPC) {
		t.Fatal(err)
	}
	return func() { os.Remove(filler) }
}

func useInodes(t *testing.T, state string) func() {
	dir := filepath.Dir(state)
	var err error
	for i := 0; err == nil; i++ {
		err = os.WriteFile(filepath.Join(dir, fmt.Sprint("filler", i)), nil, 0o600)
	}
	if !errors.Is(err, syscall.ENOSPC) {
		t.Fatal(err)
	}
	return func() {
		fillers, _ := filepath.Glob(filepath.Join(dir, "filler*"))
		for _, f := range fillers {
			os.Remove(f)
		}
	}
}

func bindReadOnly(t *testing.T, state string) func() {
	if err := unix.Mount(state, state, "", unix.MS_BIND, ""); err != nil {
		t.Skipf("no right to mount: %v", err)
	}
	remove := func() { _ = unix.Unmount(state, unix.MNT_DETACH) }
	t.Cleanup(remove)
	if err := unix.Mount("", state, "", unix.MS_BIND|unix.MS_REMOUNT|unix.MS_RDONLY, ""); err != nil {
		t.Skipf("no right to mount: %v", err)
	}
	return remove
}

// modes gives the folders of the memory a mode.
func modes(mode os.FileMode) func(*testing.T, string) func() {
	return func(t *testing.T, state string) func() {
		set := func(mode os.FileMode) {
			for _, sub := range []string{"vaults", "paths", "."} {
				if err := os.Chmod(filepath.Join(state, sub), mode); err != nil {
					t.Fatal(err)
				}
			}
		}
		set(mode)
		return func() { set(0o700) }
	}
}

func immutable(t *testing.T, state string) func() {
	set := func(how string) error {
		out, err := exec.Command("chattr", how, filepath.Join(state, "vaults"), filepath.Join(state, "paths")).CombinedOutput()
		if err != nil {
			return fmt.Errorf("chattr: %w: %s", err, out)
		}
		return nil
	}
	if err := set("+i"); err != nil {
		t.Skip(err)
	}
	remove := func() { _ = set("-i") }
	t.Cleanup(remove)
	return remove
}

func vaultsIsFile(t *testing.T, state string) func() {
	vaults, aside := filepath.Join(state, "vaults"), filepath.Join(state, "aside")
	if err := errors.Join(os.Rename(vaults, aside), os.WriteFile(vaults, nil, 0o600)); err != nil {
		t.Fatal(err)
	}
	return func() {
		if err := errors.Join(os.Remove(vaults), os.Rename(aside, vaults)); err != nil {
			t.Fatal(err)
		}
	}
}

func keepLocked(t *testing.T, state string) func() {
	f, err := os.OpenFile(filepath.Join(state, "lock"), os.O_RDWR, 0)
	if err == nil {
		err = unix.Flock(int(f.Fd()), unix.LOCK_EX)
	}
	if err != nil {
		t.Fatal(err)
	}
	return func() { f.Close() }
}
