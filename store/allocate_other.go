//go:build !linux

package store

import (
	"errors"
	"os"
)

// allocate cannot reserve blocks here.
func allocate(*os.File, int64) error { return errors.ErrUnsupported }
