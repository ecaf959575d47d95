package storedir

import (
	"errors"
	"io"
	"io/fs"
	"os"
)

// Errors of reading a file in an open folder.
var (
	ErrIrregular = errors.New("not a regular file")
	ErrLong      = errors.New("longer than it may be")
)

// ReadIn reads a regular file in an open folder, of at most limit bytes. The error
// wraps ErrIrregular or ErrLong, or is the file system's. It follows no symlink in the
// last place and none that leads out of the folder, and does not wait on a FIFO: not on
// one that is put there meanwhile either.
func ReadIn(dir *os.Root, name string, limit int64) ([]byte, error) {
	fi, err := dir.Lstat(name)
	if err != nil {
		return nil, err
	}
	if !fi.Mode().IsRegular() {
		return nil, ErrIrregular
	}
	f, err := dir.OpenFile(name, os.O_RDONLY|noWait, 0)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	fi, err = f.Stat()
	switch {
	case err != nil:
		return nil, err
	case !fi.Mode().IsRegular():
		return nil, ErrIrregular
	case fi.Size() > limit:
		return nil, ErrLong
	}
	b, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err == nil && int64(len(b)) > limit {
		err = ErrLong
	}
	return b, err
}

// WriteIn makes a file in an open folder and syncs it. What a crash left under its name
// is removed before, and the file after a failure. The folder is for the caller to sync.
func WriteIn(dir *os.Root, name string, b []byte, mode fs.FileMode) error {
	if err := dir.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	f, err := dir.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if err != nil {
		return err
	}
	_, err = f.Write(b)
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		dir.Remove(name)
	}
	return err
}

// ReplaceIn writes a file in an open folder at once: there is the old one or the new.
// The folder is for the caller to sync.
func ReplaceIn(dir *os.Root, name string, b []byte) error {
	temp := name + ".new"
	if err := WriteIn(dir, temp, b, 0o600); err != nil {
		return err
	}
	return dir.Rename(temp, name)
}
