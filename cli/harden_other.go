//go:build !unix

package cli

import (
	"errors"
	"os"

	"golang.org/x/term"
)

// Harden does nothing where files take their access from their folder.
func Harden() (undo func()) { return func() {} }

// openTTY is standard input, where that is a console.
func openTTY() (*os.File, error) {
	if !term.IsTerminal(int(os.Stdin.Fd())) {
		return nil, errors.New("no console")
	}
	return os.Stdin, nil
}
