//go:build unix

package storedir

import (
	"errors"
	"os"
	"syscall"
)

// SyncDir makes renames and new names in a folder durable. Some file systems cannot
// sync a folder, and need not.
func SyncDir(dir string) error {
	f, err := openDir(dir)
	if err != nil {
		return err
	}
	return errors.Join(syncFolder(f), f.Close())
}

// SyncIn is SyncDir for a folder in an open one, "." for that itself.
func SyncIn(dir *os.Root, name string) error {
	f, err := dir.Open(name)
	if err != nil {
		return err
	}
	return errors.Join(syncFolder(f), f.Close())
}

func syncFolder(f *os.File) error {
	err := f.Sync()
	if errors.Is(err, syscall.EINVAL) || errors.Is(err, errors.ErrUnsupported) {
		return nil
	}
	return err
}

// openDir opens a folder. It does not wait where there is something else.
func openDir(dir string) (*os.File, error) {
	return os.OpenFile(dir, syscall.O_RDONLY|syscall.O_DIRECTORY, 0)
}
