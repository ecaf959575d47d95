package cli

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/tacit-vault/tacit/cli/failure"
)

// What prints the passphrase does not go on when a read is asked to end. It is in a
// process group of its own, so nobody else would end it.
func TestInterruptOfPassphraseCommand(t *testing.T) {
	t.Parallel()
	home := t.TempDir()
	phrase := []string{"--passphrase-command", "echo correct horse"}
	mustRun(t, tacit(t, home, append([]string{"init"}, phrase...)...))
	set := tacit(t, home, append([]string{"set", "A"}, phrase...)...)
	set.Stdin = strings.NewReader("a secret")
	mustRun(t, set)
	file := filepath.Join(home, "pid")
	cmd := tacit(t, home, "get", "A", "--passphrase-command", "echo $$ > new; mv new pid; exec sleep 600")
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var pid int
	for range moments {
		if b, err := os.ReadFile(file); err == nil {
			if pid, err = strconv.Atoi(strings.TrimSpace(string(b))); err != nil {
				t.Fatal(err)
			}
			break
		}
	}
	if pid == 0 {
		t.Fatal("the command was not run")
	}
	t.Cleanup(func() { _ = unix.Kill(-pid, unix.SIGKILL) })
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if code := exitCodeOf(cmd.Wait()); code != failure.ExitInterrupted {
		t.Errorf("exit code %d", code)
	}
	if err := unix.Kill(pid, 0); err != unix.ESRCH {
		t.Errorf("the command goes on: %v", err)
	}
}
