package cli

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// attended is a tacit run with files in memory, and what its command printed.
type attended struct {
	t      *testing.T
	cmd    *exec.Cmd
	out    *bufio.Reader
	stderr bytes.Buffer
	place  string
	child  int
}

// attend starts tacit run with the flags, in a group of its own.
func attend(t *testing.T, flags []string, command ...string) *attended {
	t.Helper()
	home := t.TempDir()
	place, err := os.MkdirTemp("/dev/shm", "signals-")
	if err != nil {
		t.Skip("no place in memory: ", err)
	}
	t.Cleanup(func() { os.RemoveAll(place) })
	mustRun(t, tacit(t, home, "init"))
	set := tacit(t, home, "set", "S")
	set.Stdin = strings.NewReader("a secret")
	mustRun(t, set)
	a := &attended{t: t, place: place, cmd: tacit(t, home, append(append([]string{"run"}, flags...), append([]string{"--"}, command...)...)...)}
	a.cmd.Env = append(a.cmd.Env, "XDG_RUNTIME_DIR="+place)
	a.cmd.Stderr = &a.stderr
	a.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	t.Cleanup(func() { r.Close() })
	a.cmd.Stdout, a.out = w, bufio.NewReader(r)
	if err := a.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = unix.Kill(-a.cmd.Process.Pid, unix.SIGKILL) })
	if _, err := fmt.Sscanf(a.line(), "ready %d", &a.child); err != nil {
		t.Fatal(err, a.stderr.String())
	}
	return a
}

func (a *attended) line() string {
	a.t.Helper()
	line, err := a.out.ReadString('\n')
	if err != nil {
		a.t.Fatalf("%v; %s", err, a.stderr.String())
	}
	return strings.TrimSpace(line)
}

// send sends a signal to tacit alone.
func (a *attended) send(sig syscall.Signal) {
	a.t.Helper()
	if err := unix.Kill(a.cmd.Process.Pid, sig); err != nil {
		a.t.Fatal(err)
	}
}

// end waits, and holds that nothing was left and nothing was said.
func (a *attended) end() syscall.WaitStatus {
	a.t.Helper()
	_, _ = io.Copy(io.Discard, a.out)
	_ = a.cmd.Wait()
	if a.stderr.Len() > 0 {
		a.t.Errorf("it says %s", a.stderr.String())
	}
	if left, _ := filepath.Glob(filepath.Join(a.place, "*")); len(left) > 0 {
		a.t.Errorf("left in memory: %q", left)
	}
	return a.cmd.ProcessState.Sys().(syscall.WaitStatus)
}

// Every signal that can be caught reaches a command that runs as a child.
func TestRunPassesOnEverySignal(t *testing.T) {
	t.Parallel()
	for _, flags := range [][]string{{"--files"}, {"--mask"}} {
		a := attend(t, flags, "hear")
		for sig := syscall.Signal(1); sig <= 64; sig++ {
			switch sig {
			case unix.SIGKILL, unix.SIGSTOP, unix.SIGCHLD, unix.SIGURG, unix.SIGPIPE, unix.SIGPROF, unix.SIGTERM, 32, 33, 34:
				continue
			}
			a.send(sig)
			if got, want := a.line(), fmt.Sprint(int(sig)); got != want {
				t.Fatalf("%v: %v (%s) arrives as %s", flags, sig, want, got)
			}
		}
		a.send(unix.SIGTERM)
		if status := a.end(); status.ExitStatus() != 7 {
			t.Errorf("%v: %v", flags, status)
		}
	}
}

// A command that a signal ends is reported as it is without --files, and no
// trace of Go's is printed.
func TestRunEndsOfItsCommandsSignal(t *testing.T) {
	t.Parallel()
	for _, sig := range []syscall.Signal{
		unix.SIGHUP, unix.SIGINT, unix.SIGQUIT, unix.SIGILL, unix.SIGTRAP, unix.SIGABRT, unix.SIGBUS, unix.SIGFPE, unix.SIGUSR1, unix.SIGSEGV,
		unix.SIGUSR2, unix.SIGALRM, unix.SIGTERM, unix.SIGSTKFLT, unix.SIGXCPU, unix.SIGXFSZ, unix.SIGVTALRM, unix.SIGIO, unix.SIGPWR, unix.SIGSYS, 40,
	} {
		a := attend(t, []string{"--files"}, "sh", "-c", "echo ready $$; exec sleep 1000")
		a.send(sig)
		if status := a.end(); !status.Signaled() || status.Signal() != sig {
			t.Errorf("%v: it ends with %v", sig, status)
		}
	}
	for _, sig := range []syscall.Signal{unix.SIGKILL, unix.SIGPIPE, unix.SIGPROF, unix.SIGABRT} { // the child's alone
		a := attend(t, []string{"--files", "--mask"}, "sh", "-c", "echo ready $$; exec sleep 1000")
		if err := unix.Kill(a.child, sig); err != nil {
			t.Fatal(err)
		}
		if status := a.end(); !status.Signaled() || status.Signal() != sig {
			t.Errorf("%v to the child: it ends with %v", sig, status)
		}
	}
}

// A signal that stops the command stops tacit, and both go on.
func TestRunStopsWithItsCommand(t *testing.T) {
	t.Parallel()
	a := attend(t, []string{"--files"}, "sh", "-c", "trap 'echo on' CONT; trap 'echo end; exit 3' TERM; echo ready $$; while :; do sleep 1000 & wait $!; done")
	for range 2 {
		a.send(unix.SIGTSTP)
		var status syscall.WaitStatus
		if _, err := syscall.Wait4(a.cmd.Process.Pid, &status, syscall.WUNTRACED, nil); err != nil || !status.Stopped() {
			t.Fatalf("%v, %v", status, err)
		}
		a.send(unix.SIGCONT)
		if got := a.line(); got != "on" {
			t.Fatalf("it prints %q", got)
		}
	}
	a.send(unix.SIGTERM)
	if got := a.line(); got != "end" {
		t.Fatalf("it prints %q", got)
	}
	_ = unix.Kill(-a.cmd.Process.Pid, unix.SIGKILL) // sh's sleep, in this group
}

// What whoever started tacit ignores, its command ignores as well.
func TestRunLeavesIgnoredSignalsIgnored(t *testing.T) {
	t.Parallel()
	for _, flags := range [][]string{{"--only", "S"}, {"--files"}} {
		home := t.TempDir()
		mustRun(t, tacit(t, home, "init"))
		set := tacit(t, home, "set", "S")
		set.Stdin = strings.NewReader("a secret")
		mustRun(t, set)
		cmd := tacit(t, home)
		script := `trap "" INT HUP; exec tacit run ` + strings.Join(flags, " ") + ` -- sh -c 'kill -INT $$; kill -HUP $$; echo alive'`
		sh := exec.Command("sh", "-c", script)
		sh.Env, sh.Dir = cmd.Env, cmd.Dir
		if out := mustRun(t, sh); out != "alive\n" {
			t.Errorf("%v: %q", flags, out)
		}
	}
}
