//go:build !linux

package system

import (
	"errors"
	"os"
)

// MemoryPlace: no folder is known to lie in memory here.
func MemoryPlace(func(string) string) string { return "" }

func memoryPlaces(func(string) string) []string { return nil }

func InMemory(string) bool { return false }

// errFolderInUse is a folder that another process has locked.
var errFolderInUse = errors.New("in use by another process")

// lockFolder is never reached without a place in memory.
func lockFolder(string) (*os.File, error) { return nil, errors.ErrUnsupported }

func isOurs(os.FileInfo) bool { return false }
