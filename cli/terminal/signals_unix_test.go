//go:build linux || darwin || freebsd

package terminal

import (
	"context"
	"os"
	"os/exec"
	"syscall"
	"testing"
	"time"
)

// lateVariable says what the process does that a test starts of itself.
const lateVariable = "TACIT_TEST_LATE"

// A signal ends the process, and once it is heard the context, with what is derived of it.
func TestSignalsLate(t *testing.T) {
	switch does := os.Getenv(lateVariable); does {
	case "":
	default:
		ctx, stop := context.WithTimeout(SignalsLate(context.Background()), 5*time.Minute)
		defer stop()
		if does == "hears" {
			Hear(ctx)
		}
		_ = syscall.Kill(os.Getpid(), syscall.SIGTERM)
		<-ctx.Done()
		if ctx.Err() == context.Canceled {
			os.Exit(3)
		}
		os.Exit(4)
	}
	for does, want := range map[string]func(syscall.WaitStatus) bool{
		"hears": func(s syscall.WaitStatus) bool { return s.ExitStatus() == 3 },
		"goes":  func(s syscall.WaitStatus) bool { return s.Signaled() && s.Signal() == syscall.SIGTERM },
	} {
		cmd := exec.Command(os.Args[0], "-test.run", "^TestSignalsLate$")
		cmd.Env = append(os.Environ(), lateVariable+"="+does)
		_ = cmd.Run()
		if s := cmd.ProcessState.Sys().(syscall.WaitStatus); !want(s) {
			t.Errorf("%s: %v", does, cmd.ProcessState)
		}
	}
}
