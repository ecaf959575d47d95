package anchor

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/tacit-vault/tacit/store/storedir"
)

// writeFile replaces a file at once: after a crash there is the old one or the
// new. The folder is for the caller to sync. The caller holds the lock, so the
// temporary name is free.
func writeFile(name string, b []byte) error {
	temp := name + ".new"
	if err := writeNew(temp, b); err != nil {
		return err
	}
	err := os.Rename(temp, name)
	if err != nil {
		os.Remove(temp)
	}
	return err
}

// writeNew makes a file and syncs it. What a crash left under its name is
// removed before, and the file after a failure.
func writeNew(temp string, b []byte) (err error) {
	if err := remove(temp); err != nil {
		return err
	}
	f, err := os.OpenFile(temp, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			os.Remove(temp)
		}
	}()
	return writeOut(f, b)
}

// writeOut writes the bytes to a file, syncs and closes it.
func writeOut(f *os.File, b []byte) error {
	_, err := f.Write(b)
	if err == nil {
		err = f.Sync()
	}
	if closeErr := f.Close(); err == nil {
		err = closeErr
	}
	return err
}

// remove removes a file that may not be there.
func remove(name string) error {
	if err := os.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// syncFolderOf makes sure that what was done to the name stays done.
func syncFolderOf(name string) error { return storedir.SyncDir(filepath.Dir(name)) }
