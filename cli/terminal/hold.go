package terminal

import (
	"errors"

	"golang.org/x/term"
)

// ErrWoken is a terminal that is to be given back: a signal came, it has another size, it
// is gone, or the context ended.
var ErrWoken = errors.New("woken")

// Size is the size of a terminal in cells; 80 by 24 where it does not say.
func (t *TTY) Size() (columns, rows int) {
	columns, rows, err := term.GetSize(int(t.Out.Fd()))
	if err != nil || columns <= 0 || rows <= 0 {
		return 80, 24
	}
	return columns, rows
}
