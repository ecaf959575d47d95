package rescue

import (
	"errors"
	"math"
	"os"

	"golang.org/x/sys/unix"
)

// nextData is where the next data of a file lies, at off or after it: a sparse
// file need not be read where there is nothing.
func nextData(f *os.File) func(off int64) int64 {
	return func(off int64) int64 {
		next, err := unix.Seek(int(f.Fd()), off, unix.SEEK_DATA)
		switch {
		case errors.Is(err, unix.ENXIO):
			return math.MaxInt64 // none
		case err != nil:
			return off // a file system that does not tell
		}
		return next
	}
}
