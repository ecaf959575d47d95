//go:build unix

package ui

import (
	"errors"

	"golang.org/x/sys/unix"
)

// readOnlyDisk says why nothing can be written to a folder; "" where it can.
func readOnlyDisk(dir string) string {
	switch err := unix.Access(dir, unix.W_OK); {
	case errors.Is(err, unix.EROFS):
		return "the disk is read-only"
	case errors.Is(err, unix.EACCES):
		return "you may not write to the vault's folder"
	}
	return ""
}
