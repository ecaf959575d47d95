//go:build !linux

package keyring

import (
	"errors"
	"os"
)

// unnamedFile is for Linux.
func unnamedFile(string) (*os.File, func() error, error) { return nil, nil, errors.ErrUnsupported }
