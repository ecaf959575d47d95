package cli

import (
	"bufio"
	"encoding/base64"
	"encoding/json"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// copied is what tacit copy says under --json.
type copied struct {
	With string `json:"with"`
	PID  int    `json:"pid"`
}

// copying runs tacit copy --json, with a terminal where there is one.
func copying(t *testing.T, home string, env []string, tty *os.File, args ...string) copied {
	t.Helper()
	cmd := tacit(t, home, append([]string{"copy", "--json"}, args...)...)
	cmd.Env = append(cmd.Env, env...)
	if tty != nil {
		cmd.Stdin = tty
		cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true, Ctty: 0}
	}
	var done copied
	if err := json.Unmarshal([]byte(mustRun(t, cmd)), &done); err != nil {
		t.Fatal(err)
	}
	if done.PID > 1 {
		t.Cleanup(func() { _ = unix.Kill(done.PID, unix.SIGKILL) })
	}
	return done
}

// endCleaner tells the process that clears to do so, and waits until it has.
func endCleaner(t *testing.T, pid int) {
	t.Helper()
	if err := unix.Kill(pid, unix.SIGTERM); err != nil {
		t.Fatal(err)
	}
	for range moments {
		status, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/status")
		if err != nil || strings.Contains(string(status), "State:\tZ") {
			return
		}
	}
	t.Fatal("it does not end")
}

// The terminal gets the value, exactly, and is told to forget it; tmux and screen
// pass it on.
func TestCopyToTerminal(t *testing.T) {
	t.Parallel()
	value := newCanary("VALUE") + newCanary("") + "\n\x1b]ä\n"
	coded := base64.StdEncoding.EncodeToString([]byte(value))
	const space = "\x1b]52;c;IA==\a"
	for multiplexer, want := range map[string]struct{ set, clear string }{
		"": {"\x1b]52;c;" + coded + "\a", space + "\x1b]52;c;!\a"},
		// There is no such tmux, so it is given the sequence for itself, too.
		"TMUX=x": {
			"\x1b]52;c;" + coded + "\a\x1bPtmux;\x1b\x1b]52;c;" + coded + "\a\x1b\\",
			space + "\x1bPtmux;\x1b" + space + "\x1b\\\x1bPtmux;\x1b\x1b]52;c;!\a\x1b\\",
		},
		"STY=1.x": {"\x1bP\x1b]52;c;" + coded[:76], "\x1bP" + space + "\x1b\\\x1bP\x1b]52;c;!\a\x1b\\"},
	} {
		home := t.TempDir()
		mustRun(t, tacit(t, home, "init"))
		set := tacit(t, home, "set", "A", "--file", "-")
		set.Stdin = strings.NewReader(value)
		mustRun(t, set)
		ours, theirs := openPTY(t)
		done := copying(t, home, []string{"SSH_TTY=/dev/pts/9", multiplexer}, theirs, "A", "--clear", "1h")
		if done.With != "osc52" || done.PID == 0 {
			t.Fatalf("%q: %+v", multiplexer, done)
		}
		inProcesses(t, strings.SplitN(value, "\n", 2)[0], coded)
		readUntil(t, ours, want.set)
		endCleaner(t, done.PID)
		readUntil(t, ours, want.clear)
	}
}

// readUntil reads from a terminal until it has got the text.
func readUntil(t *testing.T, f *os.File, want string) {
	t.Helper()
	if err := f.SetReadDeadline(time.Now().Add(hang)); err != nil {
		t.Skip(err)
	}
	var seen strings.Builder
	for buf := make([]byte, 4096); !strings.Contains(seen.String(), want); {
		n, err := f.Read(buf)
		seen.Write(buf[:n])
		if err != nil {
			t.Fatalf("%q did not come, but %q: %v", want, seen.String(), err)
		}
	}
}

// The real programs, on a display of their own.
func TestCopyWithRealPrograms(t *testing.T) {
	t.Parallel()
	for name, paste := range map[string][]string{
		"xclip": {"xclip", "-selection", "clipboard", "-out"},
		"xsel":  {"xsel", "--clipboard", "--output"},
	} {
		copies := strings.NewReplacer("--output", "--input", "-out", "-in").Replace(strings.Join(paste, " "))
		t.Run(name, func(t *testing.T) {
			if _, err := exec.LookPath(name); err != nil {
				t.Skip(err)
			}
			display := startXvfb(t)
			env := []string{display}
			since := time.Now().Add(-time.Second)
			home, value := t.TempDir(), newCanary("VALUE")+"\n\n"
			mustRun(t, tacit(t, home, "init"))
			set := tacit(t, home, "set", "A", "--file", "-")
			set.Stdin = strings.NewReader(value)
			mustRun(t, set)
			pasted := func() string {
				cmd := exec.Command(paste[0], paste[1:]...)
				cmd.Env = append(os.Environ(), display)
				out, _ := cmd.Output() // an empty clipboard is an error to some
				return string(out)
			}
			first := copying(t, home, env, nil, "A", "--with", name, "--clear", "1h")
			if got := pasted(); got != value {
				t.Errorf("the clipboard has %q, want %q", got, value)
			}
			inProcesses(t, strings.TrimSpace(value))
			endCleaner(t, first.PID)
			if got := pasted(); got != "" {
				t.Errorf("the clipboard has %q", got)
			}
			copying(t, home, env, nil, "A", "--with", name, "--clear", "100ms")
			comes := func(want string) bool {
				for range moments {
					if pasted() == want {
						return true
					}
				}
				return false
			}
			if !comes("") {
				t.Fatal("the clipboard is not cleared")
			}
			third := copying(t, home, env, nil, "A", "--with", name, "--clear", "1h")
			other := exec.Command("sh", "-c", "printf other | "+copies+" >/dev/null 2>&1")
			other.Env = append(os.Environ(), display)
			if err := other.Run(); err != nil {
				t.Fatal(err)
			}
			if !comes("other") { // xsel goes to the background before it has the clipboard
				t.Fatal("the clipboard does not take what was copied after")
			}
			endCleaner(t, third.PID)
			if got := pasted(); got != "other" {
				t.Errorf("the clipboard has %q, want what was copied after", got)
			}
			nowhere(t, since, home, strings.TrimSpace(value))
		})
	}
}

// startXvfb starts a display and returns how it is called.
func startXvfb(t *testing.T) string {
	t.Helper()
	if _, err := exec.LookPath("Xvfb"); err != nil {
		t.Skip(err)
	}
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	cmd := exec.Command("Xvfb", "-displayfd", "3", "-screen", "0", "64x64x8", "-nolisten", "tcp", "-noreset")
	cmd.ExtraFiles = []*os.File{w}
	err = cmd.Start()
	w.Close()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	number, err := bufio.NewReader(r).ReadString('\n')
	if err != nil {
		t.Skip("no display: ", err)
	}
	return "DISPLAY=:" + strings.TrimSpace(number)
}
