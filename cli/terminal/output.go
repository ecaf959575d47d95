package terminal

import (
	"io"
	"os"

	"github.com/tacit-vault/tacit/cli/failure"
)

// CheckOutput refuses an output that was closed, as by >&- in a shell: what is printed
// there is lost, and nobody hears of it.
func CheckOutput(out io.Writer) error {
	if f, ok := out.(*os.File); ok && isClosed(f) {
		return failure.NoOutput("standard output is closed, or the null device opened to be read as well: what is printed would be lost").
			Hinted("give it an output; > /dev/null, if it is not wanted")
	}
	return nil
}

// CheckOnce is CheckOutput of what is printed once, and never again: the null device does
// not do either.
func CheckOnce(out io.Writer) error {
	if f, ok := out.(*os.File); ok && (isClosed(f) || isNull(f)) {
		return failure.NoOutput("standard output is closed, or the null device: what is printed is not shown again, and would be lost").
			Hinted("give it an output: a terminal, or a file")
	}
	return nil
}
