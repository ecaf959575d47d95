package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
	"golang.org/x/term"

	"github.com/tacit-vault/tacit/cli/terminal"
)

// onTerminal runs the command with a terminal for standard output and error,
// and returns what appears on it.
func onTerminal(t *testing.T, cmd *exec.Cmd) string {
	t.Helper()
	ours, theirs := openPTY(t)
	cmd.Stdout, cmd.Stderr = theirs, theirs
	if err := cmd.Run(); err != nil {
		t.Errorf("%v: %v", cmd.Args, err)
	}
	theirs.Close() // what was written is there, and then the end
	var seen strings.Builder
	for buf := make([]byte, 4096); ; {
		n, err := ours.Read(buf)
		seen.Write(buf[:n])
		if err != nil {
			return strings.ReplaceAll(seen.String(), "\r\n", "\n")
		}
	}
}

func TestTerminalOutput(t *testing.T) {
	t.Parallel()
	home := t.TempDir()
	mustRun(t, tacit(t, home, "init"))
	set := tacit(t, home, "set", "LONGER_NAME")
	set.Stdin = strings.NewReader("hello\n")
	if got, want := onTerminal(t, set), "stored LONGER_NAME, version 1\n"; got != want {
		t.Errorf("set: %q, want %q", got, want)
	}
	mustRun(t, tacit(t, home, "generate", "A"))
	if got, want := onTerminal(t, tacit(t, home, "get", "LONGER_NAME")), "hello\n"; got != want {
		t.Errorf("get: %q, want %q", got, want)
	}
	for line, want := range map[string]string{
		"ls":        `^NAME         VER  CHANGED\nA              1  \d+[sm]\nLONGER_NAME    1  \d+[sm]\n2 names\n$`,
		"ls --long": `^NAME         VER  CHANGED  SIZE  KIND  EXPIRES  LABELS\nA              1  \d+[sm] +24 B  text  -        -\nLONGER_NAME    1  \d+[sm] +5 B  text  -        -\n2 names\n$`,
	} {
		if got := onTerminal(t, tacit(t, home, strings.Fields(line)...)); !regexp.MustCompile(want).MatchString(got) {
			t.Errorf("%s: %q", line, got)
		}
	}
	if got, want := onTerminal(t, tacit(t, home, "rm", "A")), "deleted A; tacit rollback A 1 brings it back\n"; got != want {
		t.Errorf("rm: %q, want %q", got, want)
	}
	if got := onTerminal(t, tacit(t, home, "history", "A")); !strings.HasPrefix(got, "VERSION    CHANGED") || strings.Count(got, "\n") != 3 {
		t.Errorf("history: %q", got)
	}
	if got := onTerminal(t, tacit(t, home, "ls", "--json")); !strings.HasPrefix(got, `[{"name":"LONGER_NAME"`) {
		t.Errorf("ls --json: %q", got)
	}
}

// awaitText reads what appears on a terminal up to a text.
func awaitText(t *testing.T, ours *os.File, text string) {
	t.Helper()
	var seen []byte
	for b := make([]byte, 1); !strings.HasSuffix(string(seen), text); seen = append(seen, b[0]) {
		if _, err := ours.Read(b); err != nil {
			t.Fatal(err)
		}
	}
}

// When a question for a secret can be read, the terminal shows nothing of the
// answer, however soon it comes; and afterwards it shows what is typed again.
func TestHiddenBeforeTheQuestion(t *testing.T) {
	t.Parallel()
	ours, theirs := openPTY(t)
	echoes := func() bool {
		state, err := unix.IoctlGetTermios(int(theirs.Fd()), unix.TCGETS)
		if err != nil {
			t.Fatal(err)
		}
		return state.Lflag&unix.ECHO != 0
	}
	for range 100 {
		answer := make(chan string, 1)
		go func() {
			secret, err := terminal.AskHidden(context.Background(), &terminal.TTY{In: theirs, Out: theirs}, "Secret?")
			if err != nil {
				t.Error(err)
			}
			answer <- string(secret)
		}()
		awaitText(t, ours, "Secret?")
		if echoes() {
			t.Fatal("the question is asked while the terminal shows what is typed")
		}
		if _, err := ours.WriteString("typed\n"); err != nil {
			t.Fatal(err)
		}
		if got := <-answer; got != "typed" {
			t.Fatalf("answered %q", got)
		}
		if !echoes() {
			t.Fatal("the terminal stays silent")
		}
	}
}

// An interrupt that comes with the question itself leaves the terminal as it was,
// and so it stays: nothing switches the echo off afterwards.
func TestInterruptAtOnce(t *testing.T) {
	t.Parallel()
	ours, theirs := openPTY(t)
	before, err := term.GetState(int(theirs.Fd()))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for range 20 {
		if _, err := terminal.AskHidden(ctx, &terminal.TTY{In: theirs, Out: theirs}, ""); !errors.Is(err, context.Canceled) {
			t.Fatal(err)
		}
		for range 1000 { // the reader of the answer goes on
			if after, err := term.GetState(int(theirs.Fd())); err != nil || *after != *before {
				t.Fatalf("the terminal is not as it was (%v)", err)
			}
		}
		if _, err := ours.WriteString("\n"); err != nil {
			t.Fatal(err)
		}
	}
}

// What erases is not a part of the answer, and an answer may end with the input.
func TestHiddenAnswers(t *testing.T) {
	t.Parallel()
	ours, theirs := openPTY(t)
	for typed, want := range map[string]string{
		"abc\n": "abc", "ab\bc\n": "ac", "\b\bx\r": "x", "abc\x7fd\n": "abd", "one\x15two\n": "two", "end\x04\x04": "end", "\n": "",
	} {
		answered := make(chan error, 1)
		go func() {
			got, err := terminal.AskHidden(t.Context(), &terminal.TTY{In: theirs, Out: theirs}, "Secret?")
			if err == nil && string(got) != want {
				err = fmt.Errorf("%q", got)
			}
			answered <- err
		}()
		awaitText(t, ours, "Secret?")
		if _, err := ours.WriteString(typed); err != nil {
			t.Fatal(err)
		}
		if err := <-answered; err != nil {
			t.Errorf("typed %q: %v", typed, err)
		}
	}
}
