//go:build !unix

package storedir

import (
	"fmt"
	"io/fs"

	"github.com/tacit-vault/tacit/store"
)

func checkPrivate(path string, info fs.FileInfo, _ bool) error {
	if !info.IsDir() {
		return fmt.Errorf("%w: %s is not a folder", store.ErrUnsafe, path)
	}
	return nil
}

func MakePrivate(string, fs.FileInfo) error { return nil }

func OneName(info fs.FileInfo) bool { return info.Mode().IsRegular() }

func CanWrite(string) error { return nil }
