package system

import (
	"os"
	"strconv"

	"golang.org/x/sys/unix"

	"github.com/tacit-vault/tacit/cli/pattern"
)

// processFolder is where procfs, which may be mounted anywhere, has the
// descriptors of a process. /dev/fd is a link to it.
var processFolder = pattern.New(`/([0-9]+)(?:/task/[0-9]+)?/fd$`)

// descriptorFolder tells whether the entries of a folder are descriptors, and
// whether they are this process's.
func descriptorFolder(dir string) (ours, ok bool) {
	m := processFolder.Regexp().FindStringSubmatch(dir)
	if m == nil {
		return false, false
	}
	var fs unix.Statfs_t
	if err := unix.Statfs(dir, &fs); err != nil || fs.Type != unix.PROC_SUPER_MAGIC {
		return false, false
	}
	return m[1] == strconv.Itoa(os.Getpid()), true
}
