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
	err = f.Sync()
	if errors.Is(err, syscall.EINVAL) || errors.Is(err, errors.ErrUnsupported) {
		err = nil
	}
	return errors.Join(err, f.Close())
}

// openDir opens a folder. It does not wait where there is something else.
func openDir(dir string) (*os.File, error) {
	return os.OpenFile(dir, syscall.O_RDONLY|syscall.O_DIRECTORY, 0)
}
