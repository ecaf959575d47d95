package store

import (
	"io/fs"
	"os"
	"path/filepath"
)

// openRegular opens what was a regular file a moment ago; should it be a pipe by
// now, that must not be waited for.
func openRegular(path string) (*os.File, fs.FileInfo, error) {
	f, err := openNoFollow(path, os.O_RDONLY)
	if err != nil {
		return nil, nil, err
	}
	info, err := f.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = notRegular(filepath.Base(path))
	}
	if err != nil {
		f.Close()
		return nil, nil, err
	}
	return f, info, nil
}
