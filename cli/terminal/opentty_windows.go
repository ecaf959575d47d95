package terminal

import (
	"os"
)

// OpenTTY opens the console, whatever standard input and output are.
func OpenTTY() (*TTY, error) {
	in, err := os.OpenFile("CONIN$", os.O_RDWR, 0)
	if err != nil {
		return nil, err
	}
	out, err := os.OpenFile("CONOUT$", os.O_WRONLY, 0)
	if err != nil {
		in.Close()
		return nil, err
	}
	return &TTY{In: in, Out: out}, nil
}
