//go:build unix

package failure

import (
	"errors"
	"fmt"
	"strings"

	"golang.org/x/sys/unix"
)

// OpenFilesHint is what helps where a process may not open as many files as it
// needs, "" for any other error. Some of them say so only in their text.
func OpenFilesHint(err error) string {
	if !errors.Is(err, unix.EMFILE) && !strings.Contains(err.Error(), unix.EMFILE.Error()) {
		return ""
	}
	var limit unix.Rlimit
	if unix.Getrlimit(unix.RLIMIT_NOFILE, &limit) != nil {
		return "allow more open files: ulimit -n 256"
	}
	return fmt.Sprintf("the limit of open files (RLIMIT_NOFILE) is %d here; allow more: ulimit -n 256", limit.Cur)
}
