//go:build !unix

package store

import (
	"fmt"
	"io/fs"
)

// Umask does nothing where files have no mode: they are as private as the
// folder that they lie in.
func Umask() {}

func checkPrivate(path string, info fs.FileInfo, _ bool) error {
	if !info.IsDir() {
		return fmt.Errorf("%w: %s is not a folder", ErrUnsafe, path)
	}
	return nil
}

func makePrivate(string, fs.FileInfo) error { return nil }

func own(info fs.FileInfo) bool { return info.Mode().IsRegular() }

func canWrite(string) error { return nil }
