//go:build !linux

package system

import "errors"

// OnStandardInput: there are no files without a name here.
func OnStandardInput([]byte) error { return errors.ErrUnsupported }
