package health

import (
	"path/filepath"

	"golang.org/x/sys/windows"
)

// typeOf is known of what other machines can write to: a share by its name, or by
// a letter.
func typeOf(dir string) (fileSystem, bool) {
	if f, ok := shareOf(dir); ok {
		return f, true
	}
	root, err := windows.UTF16PtrFromString(filepath.VolumeName(dir) + `\`)
	if err != nil || windows.GetDriveType(root) != windows.DRIVE_REMOTE {
		return fileSystem{}, false
	}
	return fileSystem{"a network share", network}, true
}

// disk is not known here.
func disk(string) (inodes int64, readOnly bool) { return -1, false }
