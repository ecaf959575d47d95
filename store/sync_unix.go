//go:build unix

package store

import (
	"errors"
	"os"
)

// canReadOnly: Badger knows a read-only mode here.
const canReadOnly = true

// syncDir makes renames and new names in a folder durable.
func syncDir(dir string) error {
	f, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}
