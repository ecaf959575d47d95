//go:build !linux

package storedir

import "os"

// HoldFolder holds nothing: here a folder is opened by its name.
func HoldFolder(dir string) (*os.File, string, error) { return nil, dir, nil }

// HeldPath is the path that leads to a folder that is held.
func HeldPath(f *os.File) string { return f.Name() }
