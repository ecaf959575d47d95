package terminal

import (
	"os"

	"golang.org/x/term"
)

// Width is how many cells a line of a stream has; 0 where it is no terminal, or does not
// say.
func Width(stream any) int {
	f, ok := stream.(*os.File)
	if !ok {
		return 0
	}
	width, _, err := term.GetSize(int(f.Fd()))
	if err != nil {
		return 0
	}
	return width
}
