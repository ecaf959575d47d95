package cli

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/tacit-vault/tacit/cli/failure"
)

// A new vault with a passphrase asks for it twice, and, kept unlocked, never again.
// It says what the pin is and what comes next.
func TestInitKeepsUnlocked(t *testing.T) {
	t.Parallel()
	home := t.TempDir()
	d := converse(t, tacit(t, home, "init"))
	d.until(`New passphrase \(empty: one is made for you\): `)
	d.say(firstPhrase)
	d.until("Once more: ")
	d.say(firstPhrase)
	d.until(`Keep it unlocked for an hour, so that nothing asks again\? \[Y/n\] `)
	d.say("")
	d.until(`pin   [0-9a-f]{64}\n`)
	d.until(`The pin is the vault's fingerprint`)
	d.until(`tacit: unlocked until .*; tacit lock ends it`)
	d.until(`Next:\n  tacit set NAME .*\n  tacit run -- COMMAND .*\n  tacit key add recovery .*\n`)
	t.Cleanup(func() { _ = tacit(t, home, "lock").Run() })
	set := tacit(t, home, "set", "A", "--no-input")
	set.Stdin = strings.NewReader("value")
	mustRun(t, set)
	if got := mustRun(t, tacit(t, home, "get", "A", "--no-input")); got != "value" {
		t.Errorf("got %q", got)
	}
	if status := mustRun(t, tacit(t, home, "agent", "status", "--json")); strings.Contains(status, firstPhrase) {
		t.Error(status)
	}
	mustRun(t, tacit(t, home, "lock"))
	if code := exitCodeOf(tacit(t, home, "get", "A", "--no-input").Run()); code != failure.ExitNoKey {
		t.Errorf("locked, exit code %d", code)
	}
}

// Who makes an environment is told what its commands are, and not another one's.
func TestFirstStepsOfEnvironment(t *testing.T) {
	t.Parallel()
	home := t.TempDir()
	if err := os.Mkdir(filepath.Join(home, ".git"), 0o700); err != nil {
		t.Fatal(err)
	}
	cmd := tacit(t, home, "init", "--here", "--env", "prod")
	cmd.Env = slices.DeleteFunc(cmd.Env, func(v string) bool { return strings.HasPrefix(v, "TACIT_VAULT=") })
	d := converse(t, cmd)
	for _, sees := range []string{`you\): `, "Once more: "} {
		d.until(sees)
		d.say(firstPhrase)
	}
	d.until(`\[Y/n\] `)
	d.say("n")
	d.until(`Next:\n  tacit @prod set NAME .*\n  tacit @prod run -- COMMAND .*\n  tacit @prod key add recovery .*\n`)
}

const firstPhrase = "correct horse battery staple"

// Who says no is asked each time, and told once in a session that one need not be.
// Elsewhere than on a terminal nobody is offered or told anything.
func TestSecondPromptNamesUnlock(t *testing.T) {
	t.Parallel()
	home := t.TempDir()
	d := converse(t, tacit(t, home, "init", "new"))
	for _, sees := range []string{`you\): `, "Once more: "} {
		d.until(sees)
		d.say(firstPhrase)
	}
	d.until(`\[Y/n\] `)
	d.say("n")
	d.until(`Next:\n  tacit --vault new set NAME .*\n  tacit --vault new run -- COMMAND .*\n  tacit --vault new key add recovery .*\n`)
	if left, err := os.ReadDir(filepath.Join(home, ".local", "state", "tacit", "run")); err == nil {
		t.Errorf("an agent was started: %v", left)
	}
	shell := exec.Command("sh", "-c", "for i in 1 2 3; do tacit status >/dev/null; tacit exposed; echo done $i; done")
	one := tacit(t, home)
	shell.Dir, shell.Env = home, append(one.Env, "TACIT_VAULT="+filepath.Join(home, "new"))
	d = converse(t, shell)
	for i := range 3 {
		d.until("Passphrase: ")
		d.say(firstPhrase)
		_, before := d.until(fmt.Sprintf("done %d", i+1))
		if told := strings.Contains(before, "tacit unlock asks once"); told != (i == 1) {
			t.Errorf("prompt %d: told is %v: %s", i+1, told, before)
		}
	}
	phrases := filepath.Join(home, "phrase")
	if err := os.WriteFile(phrases, []byte(firstPhrase), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"init", "b", "--passphrase-file", phrases}, {"init", "c"}} {
		cmd := tacit(t, home, args...)
		out, err := cmd.CombinedOutput()
		if err != nil || strings.Contains(string(out), "Next:") || strings.Contains(string(out), "fingerprint") {
			t.Errorf("%v: %v, %s", args, err, out)
		}
	}
}
