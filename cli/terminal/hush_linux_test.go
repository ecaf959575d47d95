package terminal

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// hushVariable has the process that a test starts of itself keep its terminal silent.
const hushVariable = "TACIT_TEST_HUSH"

// What ends a process between two questions gives the terminal back first.
func TestHushEnds(t *testing.T) {
	if os.Getenv(hushVariable) != "" {
		ctx, stop := context.WithTimeout(SignalsLate(context.Background()), 5*time.Minute)
		defer stop()
		ctx, restore := Hush(ctx, &TTY{In: os.Stdin, Out: os.Stdout})
		fmt.Println("silent")
		<-ctx.Done()
		restore()
		if ctx.Err() != context.Canceled {
			os.Exit(4)
		}
		os.Exit(3)
	}
	for _, s := range []syscall.Signal{unix.SIGINT, unix.SIGTERM, unix.SIGHUP, unix.SIGQUIT} {
		if signal.Ignored(s) { // by who started the tests: what is heard is not inherited, what is ignored is
			signal.Notify(make(chan os.Signal, 1), s)
		}
		ours, err := os.OpenFile("/dev/ptmx", os.O_RDWR|syscall.O_NOCTTY, 0)
		if err != nil {
			t.Skip("no pseudo-terminals: ", err)
		}
		defer ours.Close()
		if err := unix.IoctlSetPointerInt(int(ours.Fd()), unix.TIOCSPTLCK, 0); err != nil {
			t.Fatal(err)
		}
		n, err := unix.IoctlGetInt(int(ours.Fd()), unix.TIOCGPTN)
		if err != nil {
			t.Fatal(err)
		}
		theirs, err := os.OpenFile(fmt.Sprintf("/dev/pts/%d", n), os.O_RDWR|syscall.O_NOCTTY, 0)
		if err != nil {
			t.Fatal(err)
		}
		defer theirs.Close()
		cmd := exec.Command(os.Args[0], "-test.run", "^TestHushEnds$")
		cmd.Env = append(os.Environ(), hushVariable+"=1")
		cmd.Stdin = theirs
		said, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		if _, err := said.Read(make([]byte, 16)); err != nil {
			t.Fatal(err)
		}
		_ = cmd.Process.Signal(s)
		_ = cmd.Wait()
		if cmd.ProcessState.ExitCode() != 3 {
			t.Errorf("%v: %v", s, cmd.ProcessState)
		}
		if is, err := unix.IoctlGetTermios(int(theirs.Fd()), unix.TCGETS); err != nil || is.Lflag&unix.ECHO == 0 {
			t.Errorf("%v: the terminal shows nothing: %v", s, err)
		}
	}
}
