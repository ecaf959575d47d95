//go:build unix

package system

import (
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// Detached is how a process is started that goes on when the terminal closes.
func Detached() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setsid: true} }

// Detach leaves the terminal, and with session only its streams: then the agent
// stays in the session, to end with it. It holds no folder either.
func Detach(session bool) error {
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
		if err := Dup2(int(null.Fd()), fd); err != nil {
			return err
		}
	}
	return os.Chdir("/")
}
