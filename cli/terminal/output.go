package terminal

import (
	"io"
	"os"

	"github.com/tacit-vault/tacit/cli/failure"
)

// CheckLost refuses an output that keeps nothing, for what is printed once: one that was
// closed, as by >&- in a shell, and the null device. Go puts the null device in the place
// of an output that was closed, so that no write fails. What can be printed again is not
// checked: whoever starts a program with the null device for its output wants that.
func CheckLost(out io.Writer) error {
	if f, ok := out.(*os.File); ok && (isClosed(f) || isNull(f)) {
		return failure.NoOutput("standard output is closed, or the null device: what is printed there is lost").
			Hinted("give it an output: a terminal, or a file")
	}
	return nil
}
