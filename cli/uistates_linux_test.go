package cli

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"

	"github.com/tacit-vault/tacit/cli/failure"
)

// What is on the screen where there is no list: no vault, no secret, a vault that was never
// trusted or was tampered with. The exit code is that of ls.
func TestUIStates(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		before string // in the home, with a vault that has A_SECRET
		sees   string
		never  string
		code   string
	}{
		"no vault":  {"unset TACIT_VAULT; export XDG_DATA_HOME=$HOME/nowhere", "No vault here or above.", "A_SECRET", "6"},
		"empty":     {"tacit rm A_SECRET", "No secrets yet.", "A_SECRET", "0"},
		"untrusted": {"unset TACIT_VAULT; mkdir p && mv vault p/.tacit && rm -rf .local/state; cd p", "UNTRUSTED", "A_SECRET", "6"},
		"tampered":  {"cp -r vault old; echo x | tacit set B; tacit ls >/dev/null; rm -rf vault; mv old vault", "TAMPERED", "A_SECRET", "8"},
		"nothing":   {"true", "A_SECRET", "nothing never", "0"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newShown(t, map[string]string{"A_SECRET": "value"})
			p.says(c.before + "; clear; echo $?; cd " + p.home + "/p 2>/dev/null; tacit ui; echo left $?")
			p.seesNow(c.sees)
			if seen := p.visible(); strings.Contains(seen, c.never) {
				t.Errorf("%s: %s", name, seen)
			}
			p.presses("C-c")
			p.seesNow("left " + c.code)
		})
	}
}

// What another process does is seen, and the cursor stays on its name; a vault that is gone,
// or comes back, as well.
func TestUIChangedBeneath(t *testing.T) {
	t.Parallel()
	p := newShown(t, map[string]string{"B": "value", "C": "value"})
	p.begins("tacit ui --show-for 30m --idle 1h")
	p.seesNow("2 of 2 names")
	p.presses("Down")
	p.seesNow("> C ")
	set := tacit(t, p.home, "set", "A")
	set.Stdin = strings.NewReader("value")
	mustRun(t, set)
	p.seesNow("1 name changed by another process")
	p.seesNow("3 of 3 names")
	p.seesNow("> C ")
	aside := filepath.Join(p.home, "aside")
	if err := os.Rename(filepath.Join(p.home, "vault"), aside); err != nil {
		t.Fatal(err)
	}
	p.seesNow("TAMPERED")
	p.seesNow("it is gone")
	p.losesNow("changed by another process")
	if err := os.Rename(aside, filepath.Join(p.home, "vault")); err != nil {
		t.Fatal(err)
	}
	p.seesNow("3 of 3 names")
	p.presses("C-c")
	p.ends("0", "of 3 names")
}

// Changes go through tacit's own questions: what is deleted is typed by its name, and
// --read-only has none of them.
func TestUIChanges(t *testing.T) {
	t.Parallel()
	p := newShown(t, map[string]string{"OLD": "one"})
	p.begins("tacit ui --show-for 30m --idle 1h")
	p.seesNow("1 of 1 names")
	p.presses("N", "E", "W", "+")
	p.seesNow("Value of NEW:")
	p.says("fresh")
	p.seesNow("> 1 current")
	if got := mustRun(t, tacit(t, p.home, "get", "NEW")); got != "fresh" {
		t.Errorf("NEW is %q", got)
	}
	p.presses("n")
	p.seesNow("Value of NEW:")
	p.says("second")
	p.seesNow("> 2 current")
	p.presses("[", "r")
	p.seesNow("[y/N]")
	p.says("y")
	p.seesNow("3 current")
	if got := mustRun(t, tacit(t, p.home, "get", "NEW")); got != "fresh" {
		t.Errorf("after rolling back NEW is %q", got)
	}
	p.presses("D")
	p.seesNow("Type its name:")
	p.says("OLD")
	p.seesNow("not confirmed")
	p.presses("D")
	p.seesNow("Type its name:")
	p.says("NEW")
	p.seesNow("4 deleted")
	p.presses("C-c")
	p.seesNow("left 0")
	p.says("clear; tacit ui --read-only; echo left $?")
	p.seesNow("1 of 1 names")
	p.seesNow("read-only")
	p.presses("Enter")
	p.seesNow("> 1 current")
	p.presses("e")
	p.seesNow("as --read-only has asked for")
	p.presses("C-c")
	p.seesNow("left 0")
	if got := mustRun(t, tacit(t, p.home, "ls")); got != "OLD\n" {
		t.Errorf("there are %q", got)
	}
}

// A passphrase is asked for at the first value and not again, until nobody is there.
func TestUIPassphrase(t *testing.T) {
	t.Parallel()
	if err := drawer(); err != nil {
		t.Fatal(err)
	}
	home := t.TempDir()
	mustWriteFile(t, filepath.Join(home, "phrase"), firstPhrase+"\n")
	mustRun(t, tacit(t, home, "init", "--passphrase-file", filepath.Join(home, "phrase")))
	set := tacit(t, home, "set", "A", "--passphrase-file", filepath.Join(home, "phrase"))
	set.Stdin = strings.NewReader("a value")
	mustRun(t, set)
	p := &shown{newPane(t, home), home}
	p.begins("tacit ui --show-for 30m --idle 1h")
	p.seesNow("1 of 1 names")
	p.seesNow("locked")
	p.presses("C-o")
	p.seesNow("Passphrase:")
	p.says(firstPhrase)
	p.seesNow("a value")
	p.presses("q")
	p.seesNow("unlocked")
	p.presses("C-o")
	p.seesNow("a value")
	p.presses("q")
	p.seesNow("1 of 1 names")
	p.presses(":")
	p.says("lock")
	p.losesNow("unlocked")
	p.presses("C-o")
	p.seesNow("Passphrase:")
	p.presses("Enter")
	p.seesNow("no key opens the vault")
	p.seesNow("1 of 1 names")
	p.presses("C-c")
	p.ends("0", firstPhrase, "a value")
	p.says("clear; tacit ui --idle 1s; echo left $?")
	p.seesNow("locked, any key")
	if seen := p.visible(); strings.Contains(seen, " A ") {
		t.Errorf("nobody is there, and there is %s", seen)
	}
	came := false
	for range soon { // they go again after a second, which nobody may have seen
		p.presses("x")
		if came = strings.Contains(p.visible(), "names"); came {
			break
		}
	}
	if !came {
		t.Errorf("no names come back: %s", p.visible())
	}
	p.presses("C-c")
	p.seesNow("left 0")
}

// A helper that is missing, of another build, or none, is said, with what to install.
func TestUIHelper(t *testing.T) {
	t.Parallel()
	p := newShown(t, map[string]string{"A_SECRET": "value"})
	for name, c := range map[string]struct{ script, says string }{
		"missing":               {"", "is not installed"},
		"another build":         {"#!/bin/sh\necho '{\"verb\":\"hello\",\"protocol\":99}'\nexec cat >/dev/null\n", "it is of another build"},
		"no helper":             {"#!/bin/sh\necho hello\n", "no line of the screen's protocol"},
		"silent":                {"#!/bin/sh\nexec /bin/cat\n", "it does not answer"},
		"fails":                 {"#!/bin/sh\necho broken >&2\nexit 3\n", "  broken"},
		"asks for what is none": {"#!/bin/sh\necho '{\"verb\":\"hello\",\"protocol\":1}'\necho '{\"verb\":\"reveal\"}'\nexec cat >/dev/null\n", "an unknown verb"},
	} {
		folder := p.besides(c.script)
		p.says("clear")
		p.losesNow("left 1") // of the one before
		p.begins(filepath.Join(folder, "tacit") + " ui")
		p.seesNow("left 1")
		seen := p.visible()
		if !strings.Contains(seen, c.says) || !strings.Contains(seen, "try: install tacit with its helpers, all of one build; tacit ls needs none") {
			t.Errorf("%s: %s", name, seen)
		}
		p.ends("1", "A_SECRET")
	}
}

// Without a terminal it refuses, and says what does without one.
func TestUIRefuses(t *testing.T) {
	t.Parallel()
	home := t.TempDir()
	mustRun(t, tacit(t, home, "init"))
	for _, c := range []struct {
		line, says string
		terminal   bool
	}{
		{"ui", "ui needs a terminal, as standard input and output\n  try: tacit ls", false},
		{"ui --json", "tacit ls --json", true},
		{"ui --no-input", "ui needs a terminal", true},
		{"ui --idle 0s", "--idle takes one second to 24 hours", true},
		{"ui --show-for 2h", "one second to one hour", true},
		{"ui --passphrase-fd 3", "--passphrase-file FILE", true},
	} {
		cmd := tacit(t, home, strings.Fields(c.line)...)
		cmd.Env = append(cmd.Env, "TERM=xterm")
		said, code := "", 0
		if c.terminal {
			said, code = terminalOnly(t, cmd)
		} else {
			var b strings.Builder
			cmd.Stderr = &b
			code = exitCodeOf(cmd.Run())
			said = b.String()
		}
		if said = strings.ReplaceAll(said, "\r", ""); code != failure.ExitUsage || !strings.Contains(said, c.says) {
			t.Errorf("%s: exit code %d, %s", c.line, code, said)
		}
	}
}

// A dialog is tacit on a terminal that moves no cursor.
type dialog struct {
	t    *testing.T
	cmd  *exec.Cmd
	ours *os.File
	seen string
}

func newDialog(t *testing.T, cmd *exec.Cmd, env string) *dialog {
	t.Helper()
	cmd.Env = append(cmd.Env, "TERM=xterm", "CLICOLOR_FORCE=1", env)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	ours, theirs := openPTY(t)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = theirs, theirs, theirs
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	theirs.Close()
	return &dialog{t: t, cmd: cmd, ours: ours}
}

// say waits for a question, and answers it.
func (d *dialog) say(until, text string) {
	d.t.Helper()
	for buf := make([]byte, 4096); !strings.HasSuffix(d.seen, until); {
		n, err := d.ours.Read(buf)
		if err != nil {
			d.t.Fatalf("%v: %q did not appear in %q", err, until, d.seen)
		}
		d.seen += string(buf[:n])
	}
	d.seen += " " // what comes next is another question
	if _, err := d.ours.WriteString(text + "\n"); err != nil {
		d.t.Fatal(err)
	}
}

// ends waits for its end, and returns all that was to be seen.
func (d *dialog) ends() string {
	d.t.Helper()
	if code := exitCodeOf(d.cmd.Wait()); code != 0 {
		d.t.Errorf("exit code %d: %s", code, d.seen)
	}
	return strings.ReplaceAll(d.seen, "\r\n", "\n")
}

// Under ACCESSIBLE=1 and TERM=dumb there are questions, and nothing but text.
func TestUIAccessible(t *testing.T) {
	t.Parallel()
	for _, env := range []string{"ACCESSIBLE=1", "TERM=dumb"} {
		home := t.TempDir()
		mustRun(t, tacit(t, home, "init"))
		for _, name := range []string{"DB_PASSWORD", "DB_USER", "API"} {
			set := tacit(t, home, "set", name, "--expires", "2d")
			set.Stdin = strings.NewReader("value of " + name)
			mustRun(t, set)
		}
		d := newDialog(t, tacit(t, home, "ui"), env)
		d.say("q to end: ", "zebra")
		d.say("q to end: ", "db")
		d.say("q to end: ", "7")
		d.say("q to end: ", "1")
		d.say("go back: ", "2")
		d.say("print it: ", "no")
		d.say("go back: ", "2")
		d.say("print it: ", "yes")
		d.say("go back: ", "4")
		d.say("go back: ", "")
		d.say("q to end: ", "v")
		d.say("go back: ", "1") // the groups
		d.say("q to end: ", "v")
		d.say("go back: ", "2") // health
		d.say("go back: ", "1")
		d.say("go back: ", "")
		d.say("q to end: ", "q")
		text := d.ends()
		for _, want := range []string{"3 names, locked.", "No name has zebra.", "1: DB_PASSWORD, version 1, changed", "expires in 47h", "There is no number 7", "This vault is in no group: tacit group create", "1: advice, slots, the vault has one key slot", "There is nothing more to it.", "value of DB_PASSWORD"} {
			if !strings.Contains(text, want) {
				t.Errorf("%s: no %q in %q", env, want, text)
			}
		}
		if strings.Count(text, "value of DB_PASSWORD") != 1 {
			t.Errorf("%s: the value was printed without a yes: %q", env, text)
		}
		if regexp.MustCompile(`[\r\x1b\x08]`).MatchString(text) {
			t.Errorf("%s: it draws: %q", env, text)
		}
	}
}

// The helper alone says who starts it.
func TestUIHelperAlone(t *testing.T) {
	t.Parallel()
	if err := drawer(); err != nil {
		t.Fatal(err)
	}
	if said, code := terminalOnly(t, exec.Command("tacit-ui")); code != 1 || !strings.Contains(said, "tacit starts this program: tacit ui") {
		t.Errorf("exit code %d, %s", code, said)
	}
}

// What doctor finds is a view of its own, with what mends it, and the key slots.
func TestUIHealth(t *testing.T) {
	t.Parallel()
	p := newShown(t, map[string]string{"A_SECRET": "value"})
	p.begins("tacit ui --show-for 30m --idle 1h")
	p.seesNow("1 of 1 names")
	p.presses("BTab") // the last view comes before the first
	p.seesNow("› health")
	p.seesNow("2 to look at")
	p.seesNow("advice !  slots")
	p.seesNow("mend: tacit key add recovery")
	p.seesNow("key       identity")
	p.presses("Tab")
	p.seesNow("1 of 1 names")
	p.presses("C-c")
	p.ends("0", "A_SECRET")
}
