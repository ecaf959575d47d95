//go:build !linux && !darwin && !freebsd

package health

// typeOf is not known here.
func typeOf(string) (fileSystem, bool) { return fileSystem{}, false }

// disk is not known here.
func disk(string) (inodes int64, readOnly bool) { return -1, false }
