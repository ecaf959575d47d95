package cli

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
	"golang.org/x/term"

	"github.com/tacit-vault/tacit/cli/failure"
)

// onPTY starts a command that has a terminal of its own, and its standard input. before
// is how the terminal was.
func onPTY(t *testing.T, cmd *exec.Cmd) (ours, theirs *os.File, stderr *strings.Builder, before *term.State) {
	t.Helper()
	ours, theirs, stderr = readyPTY(t, cmd)
	before, err := term.GetState(int(theirs.Fd()))
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	return ours, theirs, stderr, before
}

// readyPTY is onPTY of a command that is not started yet.
func readyPTY(t *testing.T, cmd *exec.Cmd) (ours, theirs *os.File, stderr *strings.Builder) {
	t.Helper()
	ours, theirs = openPTY(t)
	stderr = &strings.Builder{}
	cmd.Stdin, cmd.Stderr = theirs, stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true, Ctty: 0}
	t.Cleanup(func() {
		if cmd.Process != nil {
			_ = cmd.Process.Kill()
		}
	})
	return ours, theirs, stderr
}

// typeAt types a text as a person or a paste does: all at once, as fast as it is
// taken.
func typeAt(t *testing.T, ours *os.File, text string) {
	t.Helper()
	if _, err := ours.WriteString(text); err != nil {
		t.Fatal(err)
	}
}

// What is pasted at the prompt is stored whole, or nothing is; and nothing of it
// is left to the shell, or shown.
func TestPaste(t *testing.T) {
	t.Parallel()
	home := t.TempDir()
	mustRun(t, tacit(t, home, "init"))
	pem := "-----BEGIN KEY-----\n" + strings.Repeat("abcdefghijklmnop\n", 60) + "-----END KEY-----\n"
	long := strings.Repeat("0123456789", 1000)
	cr := strings.NewReplacer("\n", "\r")
	for i, c := range []struct {
		args        []string
		typed, want string // "": refused
	}{
		{nil, "\x1b[200~" + cr.Replace(pem) + "\x1b[201~\r", pem},
		{nil, "\x1b[200~" + long + "\x1b[201~\r", long},
		{nil, long + "\r", long},
		{nil, long + "\r\n", long},
		{nil, cr.Replace(pem), ""},
		{nil, pem, ""},
		{nil, "one\rtouch x\r", ""},
		{nil, "one\r\x04", "one"},
		{nil, "one\r\n\x04", "one"},
		{nil, "one\n\x04", "one"},
		{nil, "one\n\x04touch x\r", ""},
		{nil, "one\r\n\ntouch x\r", ""},
		{nil, "one\x1b[A\r", ""},
		{nil, "\r", ""},
		{nil, "one\x1b[Dx\x05\r", "onxe"},
		{[]string{"--lines"}, cr.Replace(pem) + "\x04", pem},
		{[]string{"-m"}, "\x1b[200~" + cr.Replace(pem) + "\x1b[201~\x04", pem},
		{[]string{"-m"}, long + "\r\x04", long},
	} {
		name := fmt.Sprint("A", i)
		cmd := tacit(t, home, append([]string{"set", name}, c.args...)...)
		ours, theirs, stderr, before := onPTY(t, cmd)
		awaitText(t, ours, "Value of "+name)
		awaitText(t, ours, map[bool]string{true: "ends it:", false: ": "}[c.args != nil])
		go func() { _, _ = ours.WriteString(c.typed) }() // more than a terminal holds
		code := exitCodeOf(cmd.Wait())
		if left := waiting(int(theirs.Fd())); left != 0 {
			t.Errorf("%d: %d bytes are left for the shell", i, left)
		}
		if after, err := term.GetState(int(theirs.Fd())); err != nil || *after != *before {
			t.Errorf("%d: the terminal is not as it was (%v)", i, err)
		}
		theirs.Close()
		if seen := rest(ours); strings.Contains(seen, "abc") || strings.Contains(seen, "0123") || strings.Contains(seen, "one") {
			t.Errorf("%d: the terminal shows %q", i, seen)
		}
		if c.want == "" {
			if code != failure.ExitInvalid || !strings.Contains(stderr.String(), "nothing was changed") {
				t.Errorf("%d: exit code %d, %s", i, code, stderr)
			}
			if code := exitCodeOf(tacit(t, home, "get", name).Run()); code != failure.ExitNotFound {
				t.Errorf("%d: stored, exit code %d", i, code)
			}
			continue
		}
		if got := mustRun(t, tacit(t, home, "get", name)); code != 0 || got != c.want {
			t.Errorf("%d: exit code %d, %d bytes of %d: %s", i, code, len(got), len(c.want), stderr)
		}
	}
}

// However a question ends, the terminal is as it was, and nothing is stored: by a
// signal, and by ^C behind a paste whose end got lost.
func TestEndedAtPrompt(t *testing.T) {
	t.Parallel()
	home := t.TempDir()
	mustRun(t, tacit(t, home, "init"))
	for name, end := range map[string]func(*exec.Cmd, *os.File) error{
		"HUP":  func(cmd *exec.Cmd, _ *os.File) error { return cmd.Process.Signal(syscall.SIGHUP) },
		"QUIT": func(cmd *exec.Cmd, _ *os.File) error { return cmd.Process.Signal(syscall.SIGQUIT) },
		"TERM": func(cmd *exec.Cmd, _ *os.File) error { return cmd.Process.Signal(syscall.SIGTERM) },
		"INT":  func(cmd *exec.Cmd, _ *os.File) error { return cmd.Process.Signal(syscall.SIGINT) },
		"a key in a paste without end": func(_ *exec.Cmd, ours *os.File) error {
			_, err := ours.WriteString("\x1b[200~secret\rvalue\r\x03")
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			cmd := tacit(t, home, "set", "A")
			ours, theirs, stderr, before := onPTY(t, cmd)
			awaitText(t, ours, "Value of A: ")
			if err := end(cmd, ours); err != nil {
				t.Fatal(err)
			}
			if code := exitCodeOf(cmd.Wait()); code != failure.ExitInterrupted || strings.Contains(stderr.String(), "goroutine") {
				t.Errorf("exit code %d, %s", code, stderr)
			}
			if after, err := term.GetState(int(theirs.Fd())); err != nil || *after != *before {
				t.Errorf("the terminal is not as it was (%v)", err)
			}
			if code := exitCodeOf(tacit(t, home, "get", "A").Run()); code != failure.ExitNotFound {
				t.Errorf("stored, exit code %d", code)
			}
		})
	}
}

// rest is what else appears on a terminal whose other end is closed.
func rest(ours *os.File) string {
	var seen strings.Builder
	for buf := make([]byte, 4096); ; {
		n, err := ours.Read(buf)
		seen.Write(buf[:n])
		if err != nil {
			return seen.String()
		}
	}
}

// Stopped at a prompt, the terminal is the shell's as it was; continued, it asks
// again, and what was typed counts. The key is none of the answer.
func TestStopAtPrompt(t *testing.T) {
	t.Parallel()
	for _, stop := range []string{"\x1a", ""} {
		home := t.TempDir()
		mustRun(t, tacit(t, home, "init"))
		cmd := exec.Command("sh", "-mc", "stty -g >before; tacit set A; echo $? >status; stty -g >stopped; fg; stty -g >after")
		cmd.Dir, cmd.Env = home, tacit(t, home).Env
		ours, theirs, _, _ := onPTY(t, cmd)
		awaitText(t, ours, "Value of A: ")
		child, err := unix.IoctlGetInt(int(ours.Fd()), unix.TIOCGPGRP)
		if err != nil {
			t.Fatal(err)
		}
		typeAt(t, ours, "half "+stop)
		for range moments { // until it has read that
			if waiting(int(theirs.Fd())) == 0 {
				break
			}
		}
		if stop == "" {
			if err := unix.Kill(child, unix.SIGTSTP); err != nil {
				t.Fatal(err)
			}
		}
		awaitText(t, ours, "Value of A: ")
		typeAt(t, ours, "and half\r")
		go rest(ours)
		if err := cmd.Wait(); err != nil {
			t.Error(err)
		}
		if status := readAll(t, filepath.Join(home, "status")); status != stoppedStatus {
			t.Errorf("the shell saw the status %q: nothing was stopped", status)
		}
		before := readAll(t, filepath.Join(home, "before"))
		for _, when := range []string{"stopped", "after"} {
			if state := readAll(t, filepath.Join(home, when)); state != before {
				t.Errorf("%s, the terminal is %s, was %s", when, state, before)
			}
		}
		if got := mustRun(t, tacit(t, home, "get", "A")); got != "half and half" {
			t.Errorf("stored %q", got)
		}
	}
}

// stoppedStatus is what a shell has in $? of a command that was stopped by SIGSTOP.
const stoppedStatus = "147\n"

// A passphrase was asked for, and then ^Z stops an editor: tacit, which waits for it, is
// stopped as well. Else the shell would wait for both for ever.
func TestStopAfterPrompt(t *testing.T) {
	t.Parallel()
	home := t.TempDir()
	phrase := filepath.Join(home, "phrase")
	if err := os.WriteFile(phrase, []byte("a passphrase of some length"), 0o600); err != nil {
		t.Fatal(err)
	}
	mustRun(t, tacit(t, home, "init", "--passphrase-file", phrase))
	cmd := exec.Command("sh", "-mc", "tacit edit A; echo $? >status; fg")
	cmd.Dir = home
	editor := "echo edits; kill -TSTP 0; printf edited >"
	cmd.Env = append(tacit(t, home).Env, "TERM=xterm", "VISUAL=sh -c '"+editor+"\"$1\"' sh")
	ours, theirs, _ := readyPTY(t, cmd)
	cmd.Stdout, cmd.Stderr = theirs, theirs
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	theirs.Close()
	if err := ours.SetReadDeadline(time.Now().Add(hang)); err != nil {
		t.Fatal(err)
	}
	awaitText(t, ours, "Passphrase: ")
	typeAt(t, ours, "a passphrase of some length\r")
	if seen := rest(ours); !strings.Contains(seen, "stored A") {
		t.Fatalf("it hangs: %q", seen)
	}
	if err := cmd.Wait(); err != nil {
		t.Error(err)
	}
	if status := readAll(t, filepath.Join(home, "status")); status != stoppedStatus {
		t.Errorf("the shell saw the status %q: nothing was stopped", status)
	}
	get := tacit(t, home, "get", "A", "--passphrase-file", phrase)
	if got := mustRun(t, get); got != "edited" {
		t.Errorf("stored %q", got)
	}
}

func readAll(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
