//go:build unix

package terminal

import (
	"os"
)

// OpenTTY opens the controlling terminal.
func OpenTTY() (*TTY, error) {
	f, err := os.OpenFile("/dev/tty", os.O_RDWR, 0)
	if err != nil {
		return nil, err
	}
	return &TTY{In: f, Out: f}, nil
}
