package cli

import (
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"github.com/tacit-vault/tacit/cli/terminal"
)

// typedAhead opens the terminal when something has been typed on it.
func typedAhead(open func() (*terminal.TTY, error)) func() (*terminal.TTY, error) {
	var once sync.Once
	return func() (*terminal.TTY, error) {
		tty, err := open()
		if err == nil {
			once.Do(func() {
				_, _ = unix.Poll([]unix.PollFd{{Fd: int32(tty.In.Fd()), Events: unix.POLLIN}}, int(time.Minute/time.Millisecond))
			})
		}
		return tty, err
	}
}
