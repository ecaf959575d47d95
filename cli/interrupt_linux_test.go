package cli

import (
	"bytes"
	"errors"
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

// hang is how long a test waits for what takes a moment: on a busy machine many.
const hang = 5 * time.Minute

// moments are the looks that it takes meanwhile, one every 10 ms.
func moments(yield func() bool) {
	for end := time.Now().Add(hang); time.Now().Before(end) && yield(); {
		time.Sleep(10 * time.Millisecond)
	}
}

// openPTY opens a pseudo-terminal: what is written to one end is typed at the
// other.
func openPTY(t *testing.T) (ours, theirs *os.File) {
	t.Helper()
	ours, err := os.OpenFile("/dev/ptmx", os.O_RDWR|syscall.O_NOCTTY|syscall.O_NONBLOCK, 0)
	if err != nil {
		t.Skip("no pseudo-terminals: ", err)
	}
	t.Cleanup(func() { ours.Close() })
	if err := unix.IoctlSetPointerInt(int(ours.Fd()), unix.TIOCSPTLCK, 0); err != nil {
		t.Fatal(err)
	}
	n, err := unix.IoctlGetInt(int(ours.Fd()), unix.TIOCGPTN)
	if err != nil {
		t.Fatal(err)
	}
	theirs, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", n), os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { theirs.Close() })
	return ours, theirs
}

// tacit is a command in a home of its own.
func tacit(t *testing.T, home string, args ...string) *exec.Cmd {
	t.Helper()
	cmd := exec.Command("tacit", args...)
	cmd.Dir = home
	cmd.Env = []string{"HOME=" + home, "PATH=" + os.Getenv("PATH"), "TACIT_VAULT=" + filepath.Join(home, "vault"), "SCRIPT_TTY=live"}
	return cmd
}

func mustRun(t *testing.T, cmd *exec.Cmd) string {
	t.Helper()
	var out, errOut bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errOut
	if err := cmd.Run(); err != nil {
		t.Fatalf("%v: %v\n%s", cmd.Args, err, errOut.String())
	}
	return out.String()
}

// waiting is how many bytes have been typed on a terminal and not been read.
func waiting(fd int) int {
	n, err := unix.IoctlGetInt(fd, unix.TIOCINQ)
	if err != nil {
		return 0
	}
	return n
}

func exitCodeOf(err error) int {
	var exited *exec.ExitError
	if errors.As(err, &exited) {
		return exited.ExitCode()
	}
	return 0
}

// An interrupt at a prompt gives the terminal back as it was, leaves with 130
// and changes nothing.
func TestInterruptOfPrompt(t *testing.T) {
	t.Parallel()
	home := t.TempDir()
	mustRun(t, tacit(t, home, "init"))
	ours, theirs := openPTY(t)
	before, err := term.GetState(int(theirs.Fd()))
	if err != nil {
		t.Fatal(err)
	}
	cmd := tacit(t, home, "set", "A")
	cmd.Stdin = theirs
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true, Ctty: 0}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	awaitText(t, ours, "Value of A: ")
	echo := func() bool {
		termios, err := unix.IoctlGetTermios(int(theirs.Fd()), unix.TCGETS)
		if err != nil {
			t.Fatal(err)
		}
		return termios.Lflag&unix.ECHO != 0
	}
	if echo() { // it was switched off before the question
		t.Fatal("what is typed is shown")
	}
	if _, err := ours.Write([]byte("half a sec\x03")); err != nil {
		t.Fatal(err)
	}
	if code := exitCodeOf(cmd.Wait()); code != failure.ExitInterrupted {
		t.Errorf("exit code %d", code)
	}
	after, err := term.GetState(int(theirs.Fd()))
	if err != nil {
		t.Fatal(err)
	}
	if *before != *after {
		t.Error("the terminal is not as it was")
	}
	if strings.Contains(stderr.String(), "half") {
		t.Error("what was typed is on standard error")
	}
	if names := mustRun(t, tacit(t, home, "ls")); names != "" {
		t.Errorf("there is %q", names)
	}
}

// An interrupt while standard input is awaited ends the command.
func TestInterruptOfInput(t *testing.T) {
	t.Parallel()
	home := t.TempDir()
	mustRun(t, tacit(t, home, "init"))
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	defer w.Close()
	for _, args := range [][]string{{"set", "A"}, {"import", "json"}, {"restore", "-", "--vault", "new"}} {
		cmd := tacit(t, home, args...)
		cmd.Stdin = r
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		if _, err := w.WriteString("{"); err != nil {
			t.Fatal(err)
		}
		for range moments { // until it has read that, and waits for more
			if n, err := unix.IoctlGetInt(int(r.Fd()), unix.TIOCINQ); err != nil || n == 0 {
				break
			}
		}
		if err := cmd.Process.Signal(os.Interrupt); err != nil {
			t.Fatal(err)
		}
		if code := exitCodeOf(cmd.Wait()); code != failure.ExitInterrupted {
			t.Errorf("%v: exit code %d", args, code)
		}
	}
}

// An interrupt while nobody takes what a backup writes ends it, and gives the
// vault back.
func TestInterruptOfBackup(t *testing.T) {
	t.Parallel()
	home := t.TempDir()
	mustRun(t, tacit(t, home, "init"))
	for i := range 20 {
		cmd := tacit(t, home, "set", fmt.Sprint("A", i))
		cmd.Stdin = strings.NewReader(strings.Repeat("x", 9000))
		mustRun(t, cmd)
	}
	pipe := filepath.Join(home, "pipe")
	if err := unix.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, file := range []string{"-", pipe} {
		r, w, err := os.Pipe()
		if err != nil {
			t.Fatal(err)
		}
		if file == pipe {
			w.Close()
			if r, err = os.OpenFile(pipe, os.O_RDONLY|syscall.O_NONBLOCK, 0); err != nil {
				t.Fatal(err)
			}
		}
		size, err := unix.FcntlInt(r.Fd(), unix.F_GETPIPE_SZ, 0)
		if err != nil {
			t.Fatal(err)
		}
		cmd := tacit(t, home, "backup", file)
		cmd.Stdout = w
		if file == pipe {
			cmd.Stdout = nil
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		for range moments { // until it has filled the pipe, and waits
			if n, err := unix.IoctlGetInt(int(r.Fd()), unix.TIOCINQ); err != nil || n == size {
				break
			}
		}
		if err := cmd.Process.Signal(os.Interrupt); err != nil {
			t.Fatal(err)
		}
		if code := exitCodeOf(cmd.Wait()); code != failure.ExitInterrupted {
			t.Errorf("%s: exit code %d", file, code)
		}
		r.Close()
		w.Close()
		mustRun(t, tacit(t, home, "generate", "B", "--force", "--wait", "0s"))
	}
}

// A backup is not written to a terminal that nobody meant.
func TestBackupToTerminal(t *testing.T) {
	t.Parallel()
	home := t.TempDir()
	mustRun(t, tacit(t, home, "init"))
	_, theirs := openPTY(t)
	cmd := tacit(t, home, "backup", "-")
	cmd.Stdout = theirs
	if code := exitCodeOf(cmd.Run()); code != failure.ExitUsage {
		t.Errorf("exit code %d", code)
	}
}

// An interrupt in the middle of a large import leaves all of it or nothing, and
// the exit code says which.
func TestInterruptOfImport(t *testing.T) {
	home := t.TempDir()
	mustRun(t, tacit(t, home, "init"))
	const many = 20_000
	var file bytes.Buffer
	file.WriteString(`{"A0": "x"`)
	for i := 1; i < many; i++ {
		fmt.Fprintf(&file, ",\"A%d\": \"x\"", i)
	}
	file.WriteString("}")
	path := filepath.Join(home, "many.json")
	if err := os.WriteFile(path, file.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	interrupted := false
	for _, after := range []time.Duration{200, 500, 900, 1400, 5000, 20_000} {
		if interrupted && after > 1400 {
			break // a slow machine
		}
		cmd := tacit(t, home, "import", "json", path)
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(after * time.Millisecond)
		_ = cmd.Process.Signal(os.Interrupt)
		code := exitCodeOf(cmd.Wait())
		n := strings.Count(mustRun(t, tacit(t, home, "ls")), "\n")
		switch {
		case code == failure.ExitInterrupted && n == 0:
			interrupted = true
		case code == -1 && n == 0: // on a slow machine it had not begun to listen
		case code == failure.ExitOK && n == many:
			return // done before the interrupt: there is nothing later to try
		default:
			t.Fatalf("exit code %d, and %d secrets", code, n)
		}
		mustRun(t, tacit(t, home, "verify"))
	}
	if !interrupted {
		t.Error("no interrupt came in time")
	}
}
