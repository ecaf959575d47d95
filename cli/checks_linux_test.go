package cli

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/tacit-vault/tacit/cli/failure"
)

// asksNothing are the commands that ask for nothing, or for nothing that could be
// told to be in vain beforehand, and why.
var asksNothing = map[string]string{
	"status": "needs no key", "ls": "needs no key", "find": "needs no key", "history": "needs no key", "expiring": "needs no key",
	"verify": "looks at whatever vault there is; without one it says so", "exposed": "asks for the passphrase alone, of a vault that there is",
	"policy": "asks for the passphrase alone", "doctor": "asks for the passphrase alone", "lock": "needs no key",
	"agent": "unlock starts it", "inject": "which names a template uses, only filling it in tells",
	"liveperson": "reads whatever the functions ask for",
	"askpass":    "answers programs", "ansible-vault": "answers programs", "github-env": "is for jobs, which have no terminal",
	"ui":     "asks when a value is wanted, of a name that there is",
	"attach": "needs no key", "detach": "needs no key", "env": "needs no key", "vaults": "needs no key",
	"join":    "asks for the code, which says what there is to join",
	"version": "has no vault", "help": "has no vault", "man": "has no vault", "completion": "has no vault",
	"__complete": "never asks", "__clear": "never asks",
}

// anyQuestion is what any question of tacit's looks like, behind what the driver shows.
var anyQuestion = regexp.MustCompile(`Value of|Passphrase|passphrase \(empty|\[y/N\]|Type its name|Words? |Password of|PIN|Replace it`)

// What cannot be done is said before anybody is asked for a value, a passphrase or a
// yes: every command that asks, and every reason that can be told without a key.
func TestChecksBeforeQuestions(t *testing.T) {
	t.Parallel()
	home := t.TempDir()
	phrases, key := filepath.Join(home, "phrase"), filepath.Join(home, "key.txt")
	mustWriteFile(t, phrases, "correct horse battery staple\n")
	mustRun(t, tacit(t, home, "init", "--passphrase-file", phrases, "--identity", key))
	for _, c := range []string{"set A", "set B", "set GONE", "rm GONE", "backup b.bak"} {
		cmd := tacit(t, home, append(strings.Fields(c), "--identity", key)...)
		cmd.Stdin = strings.NewReader("value")
		mustRun(t, cmd)
	}
	nowhere := filepath.Join(home, "nowhere")
	// An identity file that is encrypted asks for its passphrase.
	slot, err := os.ReadFile(filepath.Join(home, "vault", "slots", "02-passphrase.age"))
	if err != nil {
		t.Fatal(err)
	}
	mustWriteFile(t, filepath.Join(home, "id.age"), string(slot))
	if err := os.Mkdir(filepath.Join(home, "store"), 0o700); err != nil {
		t.Fatal(err)
	}
	mustWriteFile(t, filepath.Join(home, "store", "A.age"), string(slot))
	full := filepath.Join(home, "full")
	if err := os.Mkdir(full, 0o700); err != nil {
		t.Fatal(err)
	}
	mustWriteFile(t, filepath.Join(full, "file"), "")
	asked := map[string]bool{}
	for _, c := range []struct {
		line string
		code int
		says string
	}{
		{"init", failure.ExitExists, "there is a vault here already"},
		{"init full", failure.ExitExists, "not empty"},
		{"set A --new", failure.ExitExists, "set A: there is such a secret already"},
		{"set A --new --lines", failure.ExitExists, "set A: there is such a secret already"},
		{"set A --if-version 7", failure.ExitExists, "set A: it is at version 1, not at 7"},
		{"set not/a/name", failure.ExitInvalid, "set"},
		{"update MISSING", failure.ExitNotFound, "update MISSING: there is no such secret"},
		{"update GONE", failure.ExitNotFound, "update GONE: it was deleted"},
		{"update A --if-version 7", failure.ExitExists, "update A: it is at version 1, not at 7"},
		{"update MISSING --keep-value --label a=b", failure.ExitNotFound, "update MISSING: there is no such secret"},
		{"get MISSING", failure.ExitNotFound, "get MISSING: there is no such secret"},
		{"read MISSING", failure.ExitNotFound, "read MISSING: there is no such secret"},
		{"get GONE", failure.ExitNotFound, "get GONE: it was deleted"},
		{"get A --at 9", failure.ExitNotFound, "get A: there is no version 9"},
		{"copy MISSING --with osc52", failure.ExitNotFound, "copy MISSING: there is no such secret"},
		{"otp MISSING", failure.ExitNotFound, "otp MISSING: there is no such secret"},
		{"rm MISSING", failure.ExitNotFound, "rm MISSING: there is no such secret"},
		{"delete MISSING", failure.ExitNotFound, "delete MISSING: there is no such secret"},
		{"rm GONE", failure.ExitNotFound, "rm GONE: it was deleted"},
		{"rm A MISSING", failure.ExitNotFound, "rm MISSING: there is no such secret"},
		{"rm --purge MISSING", failure.ExitNotFound, "rm MISSING: there is no such secret"},
		{"delete --purge A MISSING", failure.ExitNotFound, "delete MISSING: there is no such secret"},
		{"rm --only X*", failure.ExitNotFound, "X*"},
		{"mv MISSING NEW", failure.ExitNotFound, "mv MISSING: there is no such secret"},
		{"rename MISSING NEW", failure.ExitNotFound, "rename MISSING: there is no such secret"},
		{"mv A B", failure.ExitExists, "mv B: there is such a secret already"},
		{"cp A B", failure.ExitExists, "cp B: there is such a secret already"},
		{"cp MISSING NEW", failure.ExitNotFound, "cp MISSING: there is no such secret"},
		{"generate A", failure.ExitExists, "generate A: there is such a secret already"},
		{"generate MISSING --in-place", failure.ExitNotFound, "generate MISSING: there is no such secret"},
		{"rollback MISSING 1", failure.ExitNotFound, "rollback MISSING: there is no such secret"},
		{"rollback A 9", failure.ExitNotFound, "rollback A: there is no version 9"},
		{"edit --only X*", failure.ExitNotFound, "X*"},
		{"export json --only X*", failure.ExitNotFound, "X*"},
		{"export json --only X* -o b.bak", failure.ExitNotFound, "X*"},
		{"run --only X* -- true", failure.ExitNotFound, "X*"},
		{"run --map V=MISSING -- true", failure.ExitNotFound, "MISSING: there is no such secret"},
		{"aws-credential MISSING", failure.ExitNotFound, "MISSING: there is no such secret"},
		{"kube-credential MISSING", failure.ExitNotFound, "MISSING: there is no such secret"},
		{"import age store --from-identity id.age --vault " + nowhere, failure.ExitNoKey, "no vault"},
		{"key add banana", failure.ExitUsage, "banana"},
		{"key add passphrase --label passphrase", failure.ExitExists, "there is a key slot passphrase already"},
		{"key add recovery --label identity", failure.ExitExists, "there is a key slot identity already"},
		{"key passwd nobody", failure.ExitNotFound, "there is no key slot nobody"},
		{"key passwd identity", failure.ExitInvalid, "has no passphrase"},
		{"key remove nobody", failure.ExitNotFound, "there is no key slot nobody"},
		{"rotate --drop nobody", failure.ExitNotFound, "there is no key slot nobody"},
		{"rotate --drop identity --drop passphrase", failure.ExitInvalid, "the last ones"},
		{"restore b.bak", failure.ExitExists, "there is a vault here already"},
		{"restore b.bak --vault " + full, failure.ExitExists, "not empty"},
		{"restore missing.bak --vault " + nowhere, failure.ExitOther, "missing.bak"},
		{"backup b.bak", failure.ExitExists, "b.bak"},
		{"backup --to-age " + full, failure.ExitExists, "full"},
		{"trust --forget " + full, failure.ExitNoKey, "knows no vault here"},
		{"trust --vault " + nowhere, failure.ExitNoKey, "no vault"},
		{"trust --accept-rollback --vault " + nowhere, failure.ExitNoKey, "no vault"},
		{"destroy --vault " + nowhere, failure.ExitNoKey, "no vault"},
		{"destroy --vault " + full, failure.ExitNoKey, "no vault"},
		{"rescue " + nowhere + " --to new", failure.ExitNoKey, "nowhere"},
		{"rescue vault --to full", failure.ExitExists, "not empty"},
		{"unlock --vault " + nowhere, failure.ExitNoKey, "no vault"},
		{"diff A --vault " + nowhere, failure.ExitNoKey, "no vault"},
		{"group list --vault " + nowhere, failure.ExitNoKey, "no vault"},
		{"sync --vault " + nowhere, failure.ExitNoKey, "no vault"},
		{"conflicts --vault " + nowhere, failure.ExitNoKey, "no vault"},
		{"resolve A --take 1 --vault " + nowhere, failure.ExitNoKey, "no vault"},
		{"key drill --vault " + nowhere, failure.ExitNoKey, "no vault"},
	} {
		asked[strings.Fields(c.line)[0]] = true
		said, code := unasked(t, home, c.line)
		if code != c.code || !strings.Contains(said, c.says) {
			t.Errorf("tacit %s: exit code %d, want %d, and %q: %s", c.line, code, c.code, c.says, said)
		}
	}
	for _, c := range []string{
		"set A", "update A", "get A", "rm --purge A", "rm A", "mv A C", "cp A C", "generate C", "rollback A 1", "edit A", "export json", "export json -o b.bak", "run -- true",
		"otp A", "copy A --with osc52", "key add recovery", "key passwd", "key remove identity", "rotate", "backup c.bak", "verify --full", "exposed",
	} {
		if said, code := unasked(t, home, "--vault "+nowhere+" "+c); code != failure.ExitNoKey || !strings.Contains(said, "no vault") {
			t.Errorf("tacit %s without a vault: exit code %d, %s", c, code, said)
		}
	}
	asked["git-credential"], asked["docker-credential"] = true, true // below
	for _, c := range allCommands(nil) {
		if _, no := asksNothing[c.Name]; no == (asked[c.Name] || slices.ContainsFunc(c.Aliases, func(a string) bool { return asked[a] })) {
			t.Errorf("%s is in both lists, or in none: does it ask for anything?", c.Name)
		}
	}
	// Nothing is stored for them: the passphrase would be for nothing.
	for line, code := range map[string]int{"git-credential get": failure.ExitOK, "git-credential erase": failure.ExitOK, "docker-credential get": failure.ExitOther} {
		cmd := tacit(t, home, append(strings.Fields(line), "--vault", filepath.Join(home, "vault"))...)
		cmd.Stdin = strings.NewReader("protocol=https\nhost=example.com\n\n")
		if said, got := terminalOnly(t, cmd); got != code {
			t.Errorf("%s: exit code %d, want %d: %s", line, got, code, said)
		}
	}
}

// unasked runs a command line on a terminal. A question ends it.
func unasked(t *testing.T, home, line string) (said string, code int) {
	t.Helper()
	cmd := tacit(t, home, strings.Fields(line)...)
	cmd.Env = append(cmd.Env, "EDITOR=true")
	return terminalOnly(t, cmd)
}

// terminalOnly runs a command that has a terminal, for standard input too unless
// that is something else. A question ends it, and the exit code is that of a kill.
func terminalOnly(t *testing.T, cmd *exec.Cmd) (said string, code int) {
	t.Helper()
	ours, theirs := openPTY(t)
	if cmd.Stdin == nil {
		cmd.Stdin = theirs
	}
	cmd.Stdout, cmd.Stderr = theirs, theirs
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true, Ctty: 1}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	theirs.Close()
	var seen strings.Builder
	for buf := make([]byte, 4096); ; {
		n, err := ours.Read(buf)
		seen.Write(buf[:n])
		if anyQuestion.MatchString(seen.String()) {
			_ = cmd.Process.Kill()
		}
		if err != nil {
			break
		}
	}
	return seen.String(), exitCodeOf(cmd.Wait())
}

func mustWriteFile(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}
