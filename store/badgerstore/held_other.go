//go:build !linux

package badgerstore

import (
	"io/fs"
	"os"
)

// Elsewhere a folder is opened by its name.

func hold(dir string) (*os.File, string, error) { return nil, dir, nil }

func heldPath(f *os.File) string { return f.Name() }

type opened struct{}

func openFiles() (opened, error) { return opened{}, nil }

func (opened) has(fs.FileInfo, string) bool { return false }
