package cli

import (
	"sync"
	"time"
)

// typedAhead opens the terminal when something has been typed on it.
func typedAhead(open func() (*TTY, error)) func() (*TTY, error) {
	var once sync.Once
	return func() (*TTY, error) {
		tty, err := open()
		if err == nil {
			once.Do(func() {
				_, _, _ = waitFor(int(tty.In.Fd()), -1, time.Minute)
			})
		}
		return tty, err
	}
}
