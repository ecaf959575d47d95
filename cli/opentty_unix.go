//go:build unix

package cli

import (
	"os"
)

// openTTY opens the controlling terminal.
func openTTY() (*TTY, error) {
	f, err := os.OpenFile("/dev/tty", os.O_RDWR, 0)
	if err != nil {
		return nil, err
	}
	return &TTY{In: f, Out: f}, nil
}
