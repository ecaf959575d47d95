package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
	"golang.org/x/term"

	"github.com/tacit-vault/tacit/cli/curtain"
	"github.com/tacit-vault/tacit/cli/failure"
	"github.com/tacit-vault/tacit/cli/terminal"
)

// pageMain shows what it reads from standard input on a page, wipes it, and waits: page
// MARK. MARK is made when the page is gone, and the process ends when that is.
func init() { page = pageMain }

func pageMain() int {
	value := make([]byte, 4096)
	n, err := io.ReadFull(os.Stdin, value)
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) {
		return 1
	}
	tty, err := terminal.OpenTTY()
	if err != nil {
		return 1
	}
	c := curtain.Curtain{TTY: tty, For: time.Hour, Now: time.Now}
	err = c.Show(context.Background(), &curtain.Text{Title: "A, version 1", Value: value[:n]})
	clear(value)
	if err != nil || os.WriteFile(os.Args[1], nil, 0o600) != nil {
		return 1
	}
	for {
		if _, err := os.Stat(os.Args[1]); err != nil {
			return 0
		}
		time.Sleep(10 * time.Millisecond)
	}
}

// A page is gone when the command ends, however it ends: each cell was overwritten, the
// screen erased and left, and the terminal is as it was. Nothing typed is left.
func TestCurtainEnds(t *testing.T) {
	t.Parallel()
	home := t.TempDir()
	mustRun(t, tacit(t, home, "init"))
	for name, value := range map[string]string{"WIFI": "a value", "OTP": "JBSWY3DPEHPK3PXP"} {
		set := tacit(t, home, "set", name)
		set.Stdin = strings.NewReader(value)
		mustRun(t, set)
	}
	kill := func(s syscall.Signal) func(*exec.Cmd, *os.File) error {
		return func(cmd *exec.Cmd, _ *os.File) error { return cmd.Process.Signal(s) }
	}
	types := func(text string) func(*exec.Cmd, *os.File) error {
		return func(_ *exec.Cmd, ours *os.File) error { _, err := ours.WriteString(text); return err }
	}
	for name, c := range map[string]struct {
		line string
		end  func(*exec.Cmd, *os.File) error
		code int
	}{
		"a key":      {"get WIFI -q --show-for 1h", types("x"), 0},
		"an arrow":   {"get WIFI --qr --show-for 1h", types("\x1b[A"), 0},
		"many keys":  {"otp OTP --watch --show-for 1h", types("touch ran\n"), 0},
		"interrupt":  {"otp OTP --watch --show-for 1h", types("\x03"), 0},
		"suspend":    {"otp OTP --watch --show-for 1h", types("\x1a"), 0},
		"the time":   {"get WIFI -q --show-for 1s", func(*exec.Cmd, *os.File) error { return nil }, 0},
		"SIGHUP":     {"get WIFI -q --show-for 1h", kill(syscall.SIGHUP), 0},
		"SIGTSTP":    {"get WIFI -q --show-for 1h", kill(syscall.SIGTSTP), 0},
		"SIGTERM":    {"get WIFI -q --show-for 1h", kill(syscall.SIGTERM), failure.ExitInterrupted},
		"SIGINT":     {"otp OTP --watch --show-for 1h", kill(syscall.SIGINT), failure.ExitInterrupted},
		"other size": {"get WIFI -q --show-for 1h", func(_ *exec.Cmd, ours *os.File) error { return resize(ours, 60, 30) }, 0},
	} {
		t.Run(name, func(t *testing.T) {
			cmd := tacit(t, home, strings.Fields(c.line)...)
			cmd.Env = append(cmd.Env, "TERM=xterm")
			ours, theirs, stderr, before := onPTY(t, cmd)
			awaitText(t, ours, "at any key")
			if err := c.end(cmd, ours); err != nil {
				t.Fatal(err)
			}
			awaitText(t, ours, "\x1b[24;1H\x1b[0m"+strings.Repeat(" ", 80))
			awaitText(t, ours, "\x1b[H\x1b[2J\x1b[?7h\x1b[?25h\x1b[?1049l")
			if code := exitCodeOf(cmd.Wait()); code != c.code {
				t.Errorf("exit code %d, %s", code, stderr)
			}
			if left := waiting(int(theirs.Fd())); left != 0 {
				t.Errorf("%d bytes are left for the shell", left)
			}
			if after, err := term.GetState(int(theirs.Fd())); err != nil || *after != *before {
				t.Errorf("the terminal is not as it was (%v)", err)
			}
			theirs.Close()
			if seen := rest(ours); seen != "" {
				t.Errorf("behind the page there is %q", seen)
			}
		})
	}
}

// diff --show draws both values on a page, and leaves nothing of them.
func TestDiffShow(t *testing.T) {
	t.Parallel()
	home := t.TempDir()
	mustRun(t, tacit(t, home, "init"))
	for _, value := range []string{"the first value", "the second value"} {
		set := tacit(t, home, "set", "NOTE")
		set.Stdin = strings.NewReader(value)
		mustRun(t, set)
	}
	cmd := tacit(t, home, "diff", "NOTE", "--show", "--exit-code", "--show-for", "1h")
	cmd.Env = append(cmd.Env, "TERM=xterm")
	ours, theirs, stderr := readyPTY(t, cmd)
	cmd.Stdout = theirs // else it is no page
	before, err := term.GetState(int(theirs.Fd()))
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{"NOTE", "the first value", "the second value", "at any key"} {
		awaitText(t, ours, text)
	}
	if _, err := ours.WriteString("x"); err != nil {
		t.Fatal(err)
	}
	awaitText(t, ours, "\x1b[24;1H\x1b[0m"+strings.Repeat(" ", 80))
	awaitText(t, ours, "\x1b[H\x1b[2J\x1b[?7h\x1b[?25h\x1b[?1049l")
	if code := exitCodeOf(cmd.Wait()); code != failure.ExitOther {
		t.Errorf("exit code %d, %s", code, stderr)
	}
	if after, err := term.GetState(int(theirs.Fd())); err != nil || *after != *before {
		t.Errorf("the terminal is not as it was (%v)", err)
	}
	theirs.Close()
	if seen := rest(ours); seen != "" {
		t.Errorf("behind the page there is %q", seen)
	}
}

func resize(ours *os.File, columns, rows uint16) error {
	return unix.IoctlSetWinsize(int(ours.Fd()), unix.TIOCSWINSZ, &unix.Winsize{Col: columns, Row: rows})
}

// panics is a scene that fails after it has drawn a value.
type panics struct{ curtain.Text }

func (*panics) Foot(time.Time) (string, bool) { panic("planted") }

// A panic takes the page away as well.
func TestCurtainPanics(t *testing.T) {
	t.Parallel()
	ours, theirs := openPTY(t)
	before, err := term.GetState(int(theirs.Fd()))
	if err != nil {
		t.Fatal(err)
	}
	func() {
		defer func() {
			if recover() == nil {
				t.Error("no panic")
			}
		}()
		c := curtain.Curtain{TTY: &terminal.TTY{In: theirs, Out: theirs}, For: time.Hour, Now: time.Now}
		_ = c.Show(t.Context(), &panics{})
	}()
	awaitText(t, ours, "\x1b[?1049l")
	if after, err := term.GetState(int(theirs.Fd())); err != nil || *after != *before {
		t.Errorf("the terminal is not as it was (%v)", err)
	}
}

// What a page needs and has not is said, with another way.
func TestCurtainRefuses(t *testing.T) {
	t.Parallel()
	home := t.TempDir()
	mustRun(t, tacit(t, home, "init"))
	for name, value := range map[string]string{"SHORT": "x", "LONG": strings.Repeat("x", 135), "HUGE": strings.Repeat("x", 3000)} {
		set := tacit(t, home, "set", name)
		set.Stdin = strings.NewReader(value)
		mustRun(t, set)
	}
	for _, c := range []struct {
		line, term, says string
		code             int
	}{
		{"get SHORT -q", "dumb", "cannot take back", failure.ExitUsage},
		{"get LONG -q", "xterm", "needs 47 columns and 26 rows; the terminal has 80 and 24\n  try: make the window larger, or: tacit get LONG --qr --output FILE.png", failure.ExitUsage},
		{"get HUGE -q", "xterm", "no QR code holds 3000 bytes", failure.ExitInvalid},
		{"get SHORT -q --json", "xterm", "--json has no picture", failure.ExitUsage},
		{"get SHORT -q -c", "xterm", "give one of them", failure.ExitUsage},
		{"get SHORT -o x.png", "xterm", "--output is for --qr", failure.ExitUsage},
		{"get SHORT -q --show-for 2h", "xterm", "one second to one hour", failure.ExitUsage},
		{"get SHORT -q --no-input", "xterm", "no terminal to show a page on", failure.ExitUsage},
		{"otp SHORT --watch --copy", "xterm", "give one of them", failure.ExitUsage},
	} {
		cmd := tacit(t, home, strings.Fields(c.line)...)
		cmd.Env = append(cmd.Env, "TERM="+c.term)
		ours, theirs, stderr, _ := onPTY(t, cmd)
		if code := exitCodeOf(cmd.Wait()); code != c.code || !strings.Contains(stderr.String(), c.says) {
			t.Errorf("%s: exit code %d, %s", c.line, code, stderr)
		}
		theirs.Close()
		if seen := rest(ours); seen != "" {
			t.Errorf("%s: drew %q", c.line, seen)
		}
	}
	if out := mustRun(t, tacit(t, home, "get", "LONG", "-q", "-o", "code.png")); out != "" {
		t.Errorf("printed %q", out)
	}
	info, err := os.Stat(filepath.Join(home, "code.png"))
	if err != nil || info.Mode() != 0o600 {
		t.Errorf("%v, %v", info, err)
	}
	if scanner, err := exec.LookPath("zbarimg"); err == nil {
		if got := mustRun(t, exec.Command(scanner, "-q", "--raw", filepath.Join(home, "code.png"))); got != strings.Repeat("x", 135)+"\n" {
			t.Errorf("the picture says %q", got)
		}
	}
}

// After a page a real terminal holds nothing of it, on no screen and in no history, and
// neither does the memory of the process; one without an alternate screen is no
// exception.
func TestCurtainLeavesNothing(t *testing.T) {
	t.Parallel()
	for _, alternate := range []string{"on", "off"} {
		home := t.TempDir()
		p := newPane(t, home)
		p.do("set-option", "-g", "alternate-screen", alternate)
		secret := canary()
		if err := os.WriteFile(filepath.Join(home, "value"), []byte(strings.Repeat(secret+"\n", 60)), 0o600); err != nil {
			t.Fatal(err)
		}
		p.says("seq 100 120; stty -a >before; page gone <value; stty -a >after; echo left $?")
		p.sees(secret)
		p.do("send-keys", "Space")
		p.sees("b back")
		pid := childOf(t, "page", home)
		if !bytes.Contains(memoryOf(t, pid), []byte(secret)) {
			t.Error("what is shown is not in the memory: what is looked at is none")
		}
		p.do("send-keys", "q")
		for range moments {
			if _, err := os.Stat(filepath.Join(home, "gone")); err == nil {
				break
			}
		}
		if bytes.Contains(memoryOf(t, pid), []byte(secret)) {
			t.Error("the value is in the memory of the process")
		}
		if err := os.Remove(filepath.Join(home, "gone")); err != nil {
			t.Fatal(err)
		}
		p.sees("left 0")
		seen := p.screen()
		if out, err := exec.Command("tmux", "-S", p.socket, "capture-pane", "-p", "-a", "-S", "-").Output(); err == nil {
			seen += string(out)
		}
		if strings.Contains(seen, secret) || strings.Contains(seen, secret[:20]) {
			t.Errorf("alternate screen %s: it is to be seen:\n%s", alternate, seen)
		}
		if alternate == "on" && !strings.Contains(seen, "\n119\n120\n") {
			t.Errorf("what was there before is gone:\n%s", seen)
		}
		if before, after := readAll(t, filepath.Join(home, "before")), readAll(t, filepath.Join(home, "after")); before != after {
			t.Errorf("the terminal is %s, was %s", after, before)
		}
	}
}

// childOf is the process of a program in a folder.
func childOf(t *testing.T, program, folder string) int {
	t.Helper()
	for pid := range processes() {
		arguments, _ := os.ReadFile(filepath.Join("/proc", pid, "cmdline"))
		where, _ := os.Readlink(filepath.Join("/proc", pid, "cwd"))
		if strings.HasPrefix(string(arguments), program+"\x00") && where == folder {
			n := 0
			fmt.Sscan(pid, &n)
			return n
		}
	}
	t.Fatalf("no process %s in %s", program, folder)
	return 0
}
