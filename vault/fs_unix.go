//go:build unix

package vault

import (
	"errors"
	"os"
	"syscall"
)

// isReadOnlyFS tells whether err says that the medium cannot be written.
func isReadOnlyFS(err error) bool { return errors.Is(err, syscall.EROFS) }

// SyncDirs makes the entries of folders survive a power cut, where the system can.
func SyncDirs(dirs ...string) error {
	for _, dir := range dirs {
		d, err := os.Open(dir)
		if err != nil {
			return err
		}
		err = d.Sync()
		d.Close()
		// Some file systems cannot sync a folder, and need not.
		if err != nil && !errors.Is(err, syscall.EINVAL) && !errors.Is(err, syscall.ENOTSUP) {
			return err
		}
	}
	return nil
}
