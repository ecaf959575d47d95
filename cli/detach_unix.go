//go:build unix

package cli

import (
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// detached is how a process is started that goes on when the terminal closes.
func detached() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setsid: true} }

// detach leaves the terminal, and with session only its streams: then the agent
// stays in the session, to end with it. It holds no folder either.
func detach(session bool) error {
	if !session {
		// It fails where this process leads its group, having been started by hand.
		_, _ = unix.Setsid()
	}
	null, err := os.OpenFile(os.DevNull, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	defer null.Close()
	for fd := range 3 {
		if err := dup2(int(null.Fd()), fd); err != nil {
			return err
		}
	}
	return os.Chdir("/")
}
