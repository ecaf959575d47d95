package cli

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// drawer builds tacit-ui beside the tacit of the tests, once.
var drawer = sync.OnceValue(func() error {
	tacit, err := exec.LookPath("tacit")
	if err != nil {
		return err
	}
	build := exec.Command("go", "build", "-o", filepath.Join(filepath.Dir(tacit), "tacit-ui"), "./tacit-ui")
	if out, err := build.CombinedOutput(); err != nil {
		return fmt.Errorf("%w: %s", err, out)
	}
	return nil
})

// A shown is a shell with tacit ui, on a screen of its own.
type shown struct {
	*pane
	home string
}

// newShown makes a vault with some secrets and a shell.
func newShown(t *testing.T, secrets map[string]string) *shown {
	t.Helper()
	if err := drawer(); err != nil {
		t.Fatal(err)
	}
	home := t.TempDir()
	mustRun(t, tacit(t, home, "init"))
	for name, value := range secrets {
		set := tacit(t, home, "set", name, "--label", "env=prod")
		set.Stdin = strings.NewReader(value)
		mustRun(t, set)
	}
	return &shown{newPane(t, home), home}
}

// presses sends keys.
func (p *shown) presses(keys ...string) {
	p.t.Helper()
	for _, key := range keys {
		p.do("send-keys", key)
	}
}

// soon is moments, of which there are fewer: a screen is drawn at once, or never. A busy
// machine may take long for it.
func soon(yield func() bool) {
	end := time.Now().Add(3 * time.Minute)
	for range moments {
		if time.Now().After(end) || !yield() {
			return
		}
	}
}

// visible is what is on the screen now.
func (p *shown) visible() string {
	p.t.Helper()
	return p.do("capture-pane", "-p")
}

// seesNow waits until a text is on the screen, and not only above it.
func (p *shown) seesNow(text string) {
	p.t.Helper()
	for range soon {
		if strings.Contains(p.visible(), text) {
			return
		}
	}
	p.t.Fatalf("%q did not appear: %s", text, p.visible())
}

// losesNow waits until a text is no more on the screen.
func (p *shown) losesNow(text string) {
	p.t.Helper()
	for range soon {
		if !strings.Contains(p.visible(), text) {
			return
		}
	}
	p.t.Fatalf("%q did not go: %s", text, p.visible())
}

// everywhere is all that the terminal holds, on both of its screens.
func (p *shown) everywhere() string {
	p.t.Helper()
	all := p.do("capture-pane", "-p", "-S", "-")
	if out, err := exec.Command("tmux", "-S", p.socket, "capture-pane", "-p", "-a", "-S", "-").Output(); err == nil {
		all += string(out)
	}
	return all
}

// processOf waits for the process of a program in this home: tacit, or its helper.
func (p *shown) processOf(program string) (pid int) {
	p.t.Helper()
	for range moments {
		for process := range processes() {
			arguments, _ := os.ReadFile(filepath.Join("/proc", process, "cmdline"))
			name := filepath.Base(string(bytes.SplitN(arguments, []byte{0}, 2)[0]))
			if name == program && p.inHome(process) {
				fmt.Sscan(process, &pid)
				return pid
			}
		}
	}
	p.t.Fatalf("no process %s", program)
	return 0
}

// inHome tells whether a process, or the one that started it, is in the home.
func (p *shown) inHome(process string) bool {
	for range 3 {
		if where, _ := os.Readlink(filepath.Join("/proc", process, "cwd")); where == p.home || strings.HasPrefix(where, p.home+"/") {
			return true
		}
		stat, _ := os.ReadFile(filepath.Join("/proc", process, "stat"))
		_, rest, _ := bytes.Cut(stat, []byte(") "))
		fields := strings.Fields(string(rest))
		if len(fields) < 2 {
			return false
		}
		process = fields[1]
	}
	return false
}

// stateOf is the state of a process: S, T, …
func stateOf(pid int) string {
	stat, _ := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	_, rest, _ := bytes.Cut(stat, []byte(") "))
	return string(rest[:min(1, len(rest))])
}

// begins starts tacit ui between two looks at the terminal's modes.
func (p *shown) begins(line string) {
	p.t.Helper()
	p.says("clear; seq 100 110; stty -a >~/before; " + line + "; echo left $?; stty -a >~/after")
}

// ends holds that the terminal is as it was, with the exit code, and without what nobody
// may find there.
func (p *shown) ends(code string, never ...string) {
	p.t.Helper()
	p.seesNow("left " + code)
	p.sees("<ready>")
	for range moments {
		if _, err := os.Stat(filepath.Join(p.home, "after")); err == nil {
			break
		}
	}
	if before, after := readAll(p.t, filepath.Join(p.home, "before")), readAll(p.t, filepath.Join(p.home, "after")); before != after {
		p.t.Errorf("the terminal is %s, was %s", after, before)
	}
	all := p.everywhere()
	if !strings.Contains(all, "109\n110\n") {
		p.t.Errorf("what was there before is gone: %s", all)
	}
	if title := p.do("display-message", "-p", "#{pane_title}"); strings.Contains(title, "tacit") {
		p.t.Errorf("the title is %q", title)
	}
	for _, text := range never {
		if strings.Contains(all, text) {
			p.t.Errorf("%q is left on the terminal:\n%s", text, all)
		}
	}
	os.Remove(filepath.Join(p.home, "after"))
}

// The main road: search, open, show, and back; nothing of it stays, in no process that
// draws, in no file and on no screen.
func TestUI(t *testing.T) {
	t.Parallel()
	secret := canary()
	p := newShown(t, map[string]string{"API_BASE": "x", "DB_PASSWORD": secret, "DB_USER": canary()})
	trace := filepath.Join(p.home, "trace")
	p.begins("TEA_TRACE=" + trace + " TEA_DEBUG=1 tacit ui --show-for 30m --idle 1h")
	p.seesNow("3 of 3 names")
	p.presses("p", "a", "s", "Space", "d", "b", "Enter")
	p.seesNow("> 1 current")
	drawing, keeps := p.processOf("tacit-ui"), p.processOf("tacit")
	p.presses("x")
	p.seesNow(secret)
	for range soon { // it is told to stop before the value is shown, and does so when it gets a processor
		if stateOf(drawing) == "T" {
			break
		}
	}
	if state := stateOf(drawing); state != "T" {
		t.Errorf("the process that draws is %s while a value is shown", state)
	}
	if bytes.Contains(memoryOf(t, drawing), []byte(secret)) {
		t.Error("the value is in the memory of the process that draws")
	}
	if !bytes.Contains(memoryOf(t, keeps), []byte(secret)) {
		t.Error("what is shown is not in tacit's memory: what is looked at is none")
	}
	p.presses("q")
	p.seesNow("> 1 current")
	forgotten(t, drawing, keeps, secret)
	environment, err := os.ReadFile(fmt.Sprintf("/proc/%d/environ", drawing))
	if err != nil || bytes.Contains(environment, []byte("TACIT_")) || bytes.Contains(environment, []byte("TEA_")) || bytes.Contains(environment, []byte("HOME=")) {
		t.Errorf("the environment of tacit-ui is %q (%v)", environment, err)
	}
	if limits, err := os.ReadFile(fmt.Sprintf("/proc/%d/limits", drawing)); err != nil || !strings.Contains(string(limits), "Max core file size        0  ") {
		t.Errorf("the limits of tacit-ui are %s (%v)", limits, err)
	}
	p.presses("Escape") // with another key at once it would be Alt and that key
	p.seesNow("3 names")
	p.presses("C-c")
	p.ends("0", secret, "API_BASE")
	if _, err := os.Stat(trace); err == nil {
		t.Error("the frames were written to a file")
	}
}

// teeing keeps what goes over the pipe, either way, in files beside it. What copies has
// no standard error: tacit would wait for it to be closed.
const teeing = `#!/bin/sh
/usr/bin/mkfifo "$0.to" "$0.from"
exec 3<&0
/usr/bin/tee "$0.in" <&3 >"$0.to" 2>/dev/null &
/usr/bin/tee "$0.out" <"$0.from" 2>/dev/null &
exec "$0.real" <"$0.to" >"$0.from" 3<&-
`

// No value goes over the pipe, either way, whatever is asked for.
func TestUIPipe(t *testing.T) {
	t.Parallel()
	secret := canary()
	p := newShown(t, map[string]string{"A": secret, "OTP": "JBSWY3DPEHPK3PXP"})
	folder := p.tees()
	p.begins("tacit ui --show-for 30m --idle 1h")
	p.seesNow("2 of 2 names")
	p.presses("C-o")
	p.seesNow(secret)
	p.presses("q")
	p.seesNow("2 of 2 names")
	p.presses("Enter")
	p.seesNow("> 1 current")
	for _, c := range []struct{ key, sees string }{{"x", secret}, {"Q", "version 1"}, {"c", "cleared in"}} {
		p.presses(c.key)
		p.seesNow(c.sees)
		if c.key != "c" {
			p.presses("q")
		}
		p.seesNow("> 1 current")
	}
	p.presses("C-c")
	p.ends("0", secret)
	neverPiped(t, folder, secret)
}

// neverPiped holds that something went over the pipe, and nothing of a value.
func neverPiped(t *testing.T, folder string, values ...string) {
	t.Helper()
	for _, way := range []string{"in", "out"} {
		b := readAll(t, filepath.Join(folder, "tacit-ui."+way))
		for _, value := range values {
			if len(b) == 0 || strings.Contains(b, value) || strings.Contains(b, value[:20]) {
				t.Errorf("%s: %s", way, b)
			}
		}
	}
}

// tees has the shell run a tacit-ui of which all that goes over the pipe is kept, in the
// folder that is returned: see neverPiped.
func (p *shown) tees() string {
	p.t.Helper()
	folder := p.besides(teeing)
	p.says("PATH=" + folder + ":$PATH; echo changed")
	p.sees("\nchanged")
	return folder
}

// besides makes a folder with this tacit and another tacit-ui; the real one is beside it.
func (p *shown) besides(script string) string {
	p.t.Helper()
	folder := p.t.TempDir()
	tacit, err := exec.LookPath("tacit")
	if err != nil {
		p.t.Fatal(err)
	}
	mustRun(p.t, exec.Command("cp", tacit, filepath.Join(folder, "tacit")))
	mustRun(p.t, exec.Command("cp", filepath.Join(filepath.Dir(tacit), "tacit-ui"), filepath.Join(folder, "tacit-ui.real")))
	if script != "" {
		if err := os.WriteFile(filepath.Join(folder, "tacit-ui"), []byte(script), 0o700); err != nil {
			p.t.Fatal(err)
		}
	}
	return folder
}

// However either process ends, the terminal is as it was, and no name stays on it.
//
// Where tacit is killed, nobody can have the shell wait until the process that draws has
// taken its frame away and given the terminal back: what is typed or said meanwhile may be
// taken away with it. The shell is asked once that process has ended.
func TestUIEnds(t *testing.T) {
	t.Parallel()
	kill := func(program string, signals ...unix.Signal) func(*shown) {
		return func(p *shown) {
			for _, s := range signals {
				if err := unix.Kill(p.processOf(program), s); err != nil {
					p.t.Error(err)
				}
			}
		}
	}
	secret := canary()
	shows := func(p *shown) {
		p.presses("C-o")
		p.seesNow(secret)
	}
	for name, c := range map[string]struct {
		before func(*shown)
		end    func(*shown)
		code   string
	}{
		"quit":                     {nil, func(p *shown) { p.presses("C-c") }, "0"},
		"drawing is killed":        {nil, kill("tacit-ui", unix.SIGKILL), "1"},
		"drawing is stopped":       {nil, kill("tacit-ui", unix.SIGSTOP), "1"},
		"drawing is ended":         {nil, kill("tacit-ui", unix.SIGTERM), "0"},
		"tacit is ended":           {nil, kill("tacit", unix.SIGTERM), "130"},
		"tacit is hung up":         {nil, kill("tacit", unix.SIGHUP), "130"},
		"tacit is killed":          {nil, kill("tacit", unix.SIGKILL), ""},
		"shown, drawing is killed": {shows, func(p *shown) { kill("tacit-ui", unix.SIGKILL)(p); p.presses("q") }, "1"},
		"shown, tacit is ended":    {shows, kill("tacit", unix.SIGTERM), "130"},
		"shown, tacit is killed":   {shows, kill("tacit", unix.SIGKILL), ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, alternate := range []string{"on", "off"} {
				p := newShown(t, map[string]string{"A_SECRET": secret})
				p.do("set-option", "-g", "alternate-screen", alternate)
				p.begins("tacit ui --show-for 30m --idle 1h")
				p.seesNow("1 of 1 names")
				drawing := p.processOf("tacit-ui")
				if c.before != nil {
					c.before(p)
				}
				c.end(p)
				if c.code == "" {
					awaitEnd(t, drawing)
					p.losesNow(secret)
					p.losesNow("A_SECRET")
					p.says("clear; stty -a >~/again; echo said $?")
					p.seesNow("said 0")
					if before, after := readAll(t, filepath.Join(p.home, "before")), readAll(t, filepath.Join(p.home, "again")); before != after {
						t.Errorf("the terminal is %s, was %s", after, before)
					}
					continue
				}
				if alternate == "on" {
					p.ends(c.code, secret, "A_SECRET")
				} else {
					p.seesNow("left " + c.code)
					if all := p.everywhere(); strings.Contains(all, secret) || strings.Contains(all, "A_SECRET") {
						t.Errorf("without another screen there stays %s", all)
					}
				}
			}
		})
	}
}

// ^Z at each page goes to the shell with nothing left, and fg comes back to the page.
func TestUIStops(t *testing.T) {
	t.Parallel()
	p := newShown(t, map[string]string{"A_SECRET": "value"})
	p.begins("tacit ui --show-for 30m --idle 1h")
	for _, c := range []struct{ key, sees string }{{"", "1 of 1 names"}, {"Enter", "HISTORY"}, {"?", "› keys"}, {":", " :_"}} {
		if c.key != "" {
			p.presses(c.key)
		}
		p.seesNow(c.sees)
		if c.key == ":" {
			p.presses("Escape") // a command is typed: ^Z is no part of it
			p.losesNow(" :_")
		}
		p.presses("C-z")
		p.seesNow("Stopped")
		if seen := p.visible(); strings.Contains(seen, "A_SECRET") {
			t.Errorf("while it is stopped there is %s", seen)
		}
		p.says("fg")
		p.losesNow("Stopped")
	}
	p.presses("C-o", "C-c")
	p.losesNow("A_SECRET")
}

// Killed while it is stopped, it takes nothing away from the shell, which has the terminal.
func TestUIKilledWhileStopped(t *testing.T) {
	t.Parallel()
	p := newShown(t, map[string]string{"A_SECRET": "value"})
	p.begins("tacit ui --idle 1h")
	p.seesNow("1 of 1 names")
	drawing, keeps := p.processOf("tacit-ui"), p.processOf("tacit")
	p.presses("C-z")
	p.seesNow("Stopped")
	p.says("echo what the shell says")
	p.seesNow("\nwhat the shell says")
	if err := unix.Kill(keeps, unix.SIGKILL); err != nil {
		t.Fatal(err)
	}
	awaitEnd(t, drawing)
	if seen := p.visible(); !strings.Contains(seen, "\nwhat the shell says") {
		t.Errorf("there is %s", seen)
	}
}

// awaitEnd waits until a process has ended, whether or not somebody asks how.
func awaitEnd(t *testing.T, pid int) {
	t.Helper()
	for range moments {
		if state := stateOf(pid); state == "" || state == "Z" {
			return
		}
	}
	t.Fatalf("process %d goes on: %s", pid, stateOf(pid))
}

// Whatever size the terminal takes meanwhile, it goes on, and stops being drawn where it is
// too small.
func TestUIResized(t *testing.T) {
	t.Parallel()
	p := newShown(t, map[string]string{"A_SECRET": "value"})
	p.begins("tacit ui --show-for 30m --idle 1h")
	p.seesNow("1 of 1 names")
	for i := range 60 {
		p.do("resize-window", "-x", fmt.Sprint(10+i*7%120), "-y", fmt.Sprint(3+i*5%50))
	}
	p.do("resize-window", "-x", "28", "-y", "6")
	p.seesNow("30x8 at least (now 28x6)")
	p.do("resize-window", "-x", "100", "-y", "50")
	p.seesNow("> A_SECRET")
	p.presses("C-c")
	p.seesNow("left 0")
}

// forgotten looks for values in the memory of both processes, after the pages on which they
// were shown. Where one is, it tells what lies around it, to recognise whose it is, and
// whether it is there a while later.
func forgotten(t *testing.T, drawing, keeps int, values ...string) {
	t.Helper()
	for name, pid := range map[string]int{"tacit-ui": drawing, "tacit": keeps} {
		found := whereabouts(t, pid, values)
		if len(found) == 0 {
			continue
		}
		time.Sleep(2 * time.Second)
		later := whereabouts(t, pid, values)
		t.Errorf("after the page a value is in the memory of %s, %d times:\n%s\nand two seconds later %d times:\n%s",
			name, len(found), strings.Join(found, "\n"), len(later), strings.Join(later, "\n"))
	}
}

// whereabouts tells where values are in a process's memory, and what lies around them.
func whereabouts(t *testing.T, pid int, values []string) (found []string) {
	t.Helper()
	const around = 96
	for _, r := range regionsOf(t, pid) {
		for i, value := range values {
			for at := 0; ; at += len(value) {
				n := bytes.Index(r.bytes[at:], []byte(value))
				if n < 0 {
					break
				}
				at += n
				before, after := r.bytes[max(0, at-around):at], r.bytes[at+len(value):]
				text := fmt.Sprintf("%q VALUE %d %q", before, i, after[:min(len(after), around)])
				for _, other := range values {
					text = strings.ReplaceAll(text, other, "OTHER")
				}
				found = append(found, fmt.Sprintf("at %x, %q: %s", r.from+uint64(at), r.name, text))
			}
		}
	}
	return found
}
