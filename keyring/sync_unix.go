//go:build unix

package keyring

import (
	"errors"
	"os"
	"syscall"
)

// syncFolder makes a new entry of the folder survive a power loss. It is what
// storedir.SyncDir is for stores, of which this package knows nothing. A file
// system that cannot sync folders says EINVAL; there is no more to be had.
func syncFolder(dir string) error {
	f, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer f.Close()
	if err := f.Sync(); err != nil && !errors.Is(err, syscall.EINVAL) {
		return err
	}
	return nil
}
