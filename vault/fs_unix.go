//go:build unix

package vault

import (
	"errors"
	"syscall"
)

// isReadOnlyFS tells whether err says that the medium cannot be written.
func isReadOnlyFS(err error) bool { return errors.Is(err, syscall.EROFS) }
