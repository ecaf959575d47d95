package keyring

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// onTerminal is set in the process that TestPassphraseCommandAsks starts.
const onTerminal = "TACIT_TEST_ON_TERMINAL"

// TestPassphraseCommandAsks runs itself in a new session with a terminal, and
// there a command that asks. In a process group of its own it would be stopped.
func TestPassphraseCommandAsks(t *testing.T) {
	if os.Getenv(onTerminal) != "" {
		p, err := PassphraseCommand(t.Context(), `printf 'passphrase? ' >/dev/tty; read -r x </dev/tty; echo "$x"`, os.Stderr)
		fmt.Printf("got %q, %v\n", p, err)
		return
	}
	terminal, line := openTerminal(t)
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, os.Args[0], "-test.run=^TestPassphraseCommandAsks$")
	cmd.Env = append(os.Environ(), onTerminal+"=1")
	cmd.Stdin = line
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	var out strings.Builder
	cmd.Stdout = &out
	if err := cmd.Start(); err != nil {
		t.Skipf("no new session: %v", err)
	}
	line.Close()
	go func() { // the answer comes with the question
		_, _ = terminal.Read(make([]byte, 100))
		_, _ = io.WriteString(terminal, canary+"\n")
		_, _ = io.Copy(io.Discard, terminal)
	}()
	if err := cmd.Wait(); err != nil || !strings.Contains(out.String(), fmt.Sprintf("got %q, <nil>", canary)) {
		t.Errorf("%v: %s", err, out.String())
	}
}

func openTerminal(t *testing.T) (terminal, line *os.File) {
	t.Helper()
	terminal, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Skip(err)
	}
	t.Cleanup(func() { terminal.Close() })
	n, err := unix.IoctlGetInt(int(terminal.Fd()), unix.TIOCGPTN)
	if err == nil {
		err = unix.IoctlSetPointerInt(int(terminal.Fd()), unix.TIOCSPTLCK, 0)
	}
	if err != nil {
		t.Skip(err)
	}
	line, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", n), os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Skip(err)
	}
	return terminal, line
}
