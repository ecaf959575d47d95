package system

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
)

// A descriptor is an open one that a path names: /dev/stdout, /dev/fd/3,
// /proc/self/fd/3, or a link that leads to such a name. What it is open on is no
// file of that name: to put another in its place would destroy what the
// descriptor's owner writes to, and to open it anew would write over its
// beginning.
type descriptor struct {
	N    int
	Ours bool // of this process, which was started with it
}

// NamedDescriptor is the descriptor that a path names, false where it names none.
func NamedDescriptor(path string) (d descriptor, ok bool) {
	WalkLinks(path, func(dir, name string) bool {
		var n int
		var err error
		if d.Ours, ok = descriptorFolder(dir); ok {
			n, err = strconv.Atoi(name)
			d.N, ok = n, err == nil
		}
		return ok
	})
	return d, ok
}

// StandardOutput tells whether a path that a user gave means standard output.
func StandardOutput(path string) bool {
	if path == "" || path == "-" {
		return true
	}
	d, ok := NamedDescriptor(path)
	return ok && d.Ours && d.N == 1
}

// WalkLinks shows each place that a path leads over, its last link by link, until
// stop. It returns the last, which may not be there.
func WalkLinks(path string, stop func(dir, name string) bool) (end string, err error) {
	for range maxLinks {
		dir, name := filepath.Split(path)
		if name == "" { // a folder: the caller's system says what it thinks of that
			return path, nil
		}
		if dir == "" {
			dir = "."
		}
		real, err := filepath.EvalSymlinks(dir)
		if err != nil {
			return "", err
		}
		if path = filepath.Join(real, name); stop(real, name) {
			return path, nil
		}
		link, err := os.Readlink(path)
		if err != nil {
			return path, nil // the end of the way
		}
		if path = link; !filepath.IsAbs(link) {
			path = real + string(filepath.Separator) + link
		}
	}
	return "", errTooManyLinks
}

// maxLinks is how many links a path may lead over, as on Linux.
const maxLinks = 40

var errTooManyLinks = fmt.Errorf("more than %d links, one leading to the other", maxLinks)
