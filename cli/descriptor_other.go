//go:build !unix

package cli

import (
	"errors"
	"os"
)

// descriptorFolder: no folder's entries are descriptors here.
func descriptorFolder(string) (ours, ok bool) { return false, false }

func inherited(int, string) (*os.File, error) { return nil, errors.ErrUnsupported }
