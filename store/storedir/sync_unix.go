//go:build unix

package storedir

import (
	"errors"
	"os"
	"syscall"
)

// SyncDir makes renames and new names in a folder durable.
func SyncDir(dir string) error {
	f, err := openDir(dir)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// openDir opens a folder. It does not wait where there is something else.
func openDir(dir string) (*os.File, error) {
	return os.OpenFile(dir, syscall.O_RDONLY|syscall.O_DIRECTORY, 0)
}
