//go:build !linux

package storedir

import (
	"errors"
	"os"
)

// allocate cannot reserve blocks here.
func allocate(*os.File, int64) error { return errors.ErrUnsupported }
