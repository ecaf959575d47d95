package cli

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tacit-vault/tacit/cli/failure"
)

// typedAheadOf starts a command whose terminal has been typed on already, as while
// the command before it was running.
func typedAheadOf(t *testing.T, cmd *exec.Cmd, text string) (ours, theirs *os.File, stderr *strings.Builder) {
	t.Helper()
	ours, theirs, stderr = readyPTY(t, cmd)
	typeAt(t, ours, text)
	lines := strings.FieldsFunc(text, func(r rune) bool { return r < ' ' })
	awaitText(t, ours, lines[len(lines)-1]) // the driver has it, and shows it
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	return ours, theirs, stderr
}

// Lines that were pasted before the question for a value are that value, or none:
// the second is no passphrase, and no command for the shell.
func TestValueTypedAhead(t *testing.T) {
	t.Parallel()
	home := t.TempDir()
	mustRun(t, tacit(t, home, "init"))
	for i, c := range []struct {
		args        []string
		ahead, then string
		want        string // "": refused
	}{
		{nil, "one\n", "", "one"},
		{nil, "one\r\n", "", "one"}, // of CR LF the driver makes two ends
		{nil, "one", "two\r", "onetwo"},
		{nil, "one\ntouch ran\n", "", ""},
		{nil, "one\ntouch ran", "", ""},
		{nil, "one\n\n\n", "", ""},
		{nil, "one\n\ntouch ran\n", "", ""},
		{[]string{"-m"}, "one\ntwo\n\x04", "", "one\ntwo\n"},
		{[]string{"-m"}, "one\ntwo\n", "\x04", "one\ntwo\n"},
		{[]string{"-m"}, "one\ntwo\n\x04touch ran\n", "", ""},
	} {
		name := string(rune('A' + i))
		cmd := tacit(t, home, append([]string{"set", name}, c.args...)...)
		ours, theirs, stderr := typedAheadOf(t, cmd, c.ahead)
		awaitText(t, ours, "Value of "+name)
		typeAt(t, ours, c.then)
		code := exitCodeOf(cmd.Wait())
		if left := waiting(int(theirs.Fd())); left != 0 {
			t.Errorf("%q: %d bytes are left for the shell", c.ahead, left)
		}
		got, err := tacit(t, home, "get", name).Output()
		switch {
		case c.want != "":
			if code != 0 || string(got) != c.want {
				t.Errorf("%q: exit code %d, stored %q: %s", c.ahead, code, got, stderr)
			}
		case code != failure.ExitInvalid || exitCodeOf(err) != failure.ExitNotFound:
			t.Errorf("%q: exit code %d, stored %q", c.ahead, code, got)
		case !strings.Contains(stderr.String(), "nothing was changed") || !strings.Contains(stderr.String(), "--file FILE"):
			t.Errorf("%q: %s", c.ahead, stderr)
		}
	}
}

// A long line that was typed ahead is cut by the driver, whenever its end comes.
func TestLongTypedAhead(t *testing.T) {
	t.Parallel()
	home := t.TempDir()
	mustRun(t, tacit(t, home, "init"))
	for _, c := range []struct{ name, ahead, then string }{
		{"A", strings.Repeat("0123456789", 600) + "\n", ""},
		{"B", strings.Repeat("0123456789", 600), "\r"},
		{"C", strings.Repeat("0123456789", 600), "\x1b[D\r"},
	} {
		cmd := tacit(t, home, "set", c.name)
		ours, _, stderr := readyPTY(t, cmd)
		typeAt(t, ours, c.ahead)
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		awaitText(t, ours, "Value of "+c.name+": ")
		typeAt(t, ours, c.then)
		if code := exitCodeOf(cmd.Wait()); code != failure.ExitInvalid || !strings.Contains(stderr.String(), "may have been cut") {
			t.Errorf("%s: exit code %d, %s", c.name, code, stderr)
		}
		if code := exitCodeOf(tacit(t, home, "get", c.name).Run()); code != failure.ExitNotFound {
			t.Errorf("%s: stored, exit code %d", c.name, code)
		}
	}
}

// What was typed ahead answers the questions for a passphrase, one after the other,
// and then those of the next command. Where the answers were wrong, the rest was meant
// for something else: it is dropped.
func TestPassphraseTypedAhead(t *testing.T) {
	t.Parallel()
	home := t.TempDir()
	phrase := "correct horse battery staple\n"
	phrases := filepath.Join(home, "phrase")
	if err := os.WriteFile(phrases, []byte(phrase), 0o600); err != nil {
		t.Fatal(err)
	}
	mustRun(t, tacit(t, home, "init", "--passphrase-file", phrases))
	set := tacit(t, home, "set", "A", "--passphrase-file", phrases)
	set.Stdin = strings.NewReader("value")
	mustRun(t, set)
	for _, c := range []struct {
		args  []string
		ahead string
		code  int
		left  string // for the next command
	}{
		{[]string{"get", "A"}, phrase, failure.ExitOK, ""},
		{[]string{"get", "A"}, "wrong\n" + phrase, failure.ExitOK, ""},
		{[]string{"get", "A"}, phrase + "next\n", failure.ExitOK, "next\n"},
		{[]string{"get", "A"}, "a\nb\nc\ntouch ran\n", failure.ExitWrongKey, ""},
		{[]string{"get", "A"}, "a\nb\nc\ntouch ran", failure.ExitWrongKey, ""},
		{[]string{"key", "add", "passphrase"}, phrase + "a\nb\nc\nd\ne\nf\ntouch ran\n", failure.ExitUsage, ""},
		{[]string{"rm", "A"}, "a\nb\nc\ntouch ran\n", failure.ExitWrongKey, ""},
	} {
		cmd := tacit(t, home, c.args...)
		ours, theirs, stderr := typedAheadOf(t, cmd, c.ahead)
		code := exitCodeOf(cmd.Wait())
		if code != c.code {
			t.Errorf("%v, typed %q: exit code %d, %s", c.args, c.ahead, code, stderr)
		}
		if left := waiting(int(theirs.Fd())); left != len(c.left) {
			t.Errorf("%v, typed %q: %d bytes are left", c.args, c.ahead, left)
		}
		dropped := strings.Contains(c.ahead, "touch")
		theirs.Close()
		if seen := rest(ours); strings.Contains(seen, "What else was typed before the question was dropped") != dropped {
			t.Errorf("%v, typed %q: %s", c.args, c.ahead, seen)
		}
	}
	if got := mustRun(t, tacit(t, home, "ls")); got != "A\n" {
		t.Errorf("secrets: %q", got)
	}
}
