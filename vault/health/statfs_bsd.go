//go:build darwin || freebsd

package health

import "golang.org/x/sys/unix"

// typeOf is the type of the file system that a folder lies on.
func typeOf(dir string) (fileSystem, bool) {
	var s unix.Statfs_t
	if unix.Statfs(dir, &s) != nil {
		return fileSystem{}, false
	}
	f, ok := names()[unix.ByteSliceToString(s.Fstypename[:])]
	return f, ok
}

// disk is how many files can still be made there, -1 where that is not
// limited, and whether it is mounted for reading.
func disk(dir string) (inodes int64, readOnly bool) {
	var s unix.Statfs_t
	if unix.Statfs(dir, &s) != nil {
		return -1, false
	}
	return int64(s.Ffree), s.Flags&unix.MNT_RDONLY != 0
}
