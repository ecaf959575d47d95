package storedir

import (
	"io/fs"
	"os"
	"path/filepath"
)

// OpenRegular opens what was a regular file a moment ago; should it be a pipe by
// now, that must not be waited for.
func OpenRegular(path string) (*os.File, fs.FileInfo, error) {
	f, err := OpenNoFollow(path, os.O_RDONLY)
	if err != nil {
		return nil, nil, err
	}
	info, err := f.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = NotRegular(filepath.Base(path))
	}
	if err != nil {
		f.Close()
		return nil, nil, err
	}
	return f, info, nil
}
