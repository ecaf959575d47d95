package health

import "golang.org/x/sys/unix"

// typeOf is the type of the file system that a folder lies on.
func typeOf(dir string) (fileSystem, bool) {
	var s unix.Statfs_t
	if unix.Statfs(dir, &s) != nil {
		return fileSystem{}, false
	}
	f, ok := magics()[int64(uint32(s.Type))]
	return f, ok
}

// disk is how many files can still be made there, -1 where that is not
// limited, and whether it is mounted for reading.
func disk(dir string) (inodes int64, readOnly bool) {
	var s unix.Statfs_t
	if unix.Statfs(dir, &s) != nil || s.Files == 0 {
		return -1, s.Flags&unix.ST_RDONLY != 0
	}
	return int64(s.Ffree), s.Flags&unix.ST_RDONLY != 0
}
