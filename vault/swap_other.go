//go:build !linux

package vault

import "errors"

// exchange would swap two folders in one step.
func exchange(string, string) error { return errors.ErrUnsupported }
