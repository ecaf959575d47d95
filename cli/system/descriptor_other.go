//go:build !unix

package system

import (
	"errors"
	"os"
)

// descriptorFolder: no folder's entries are descriptors here.
func descriptorFolder(string) (ours, ok bool) { return false, false }

func Inherited(int, string) (*os.File, error) { return nil, errors.ErrUnsupported }
