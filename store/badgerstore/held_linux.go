package badgerstore

import (
	"io/fs"
	"os"

	"github.com/tacit-vault/tacit/store/storedir"
)

// opened are the files that this process has open. Each is known by its number and
// by the path that the kernel knows it by, which follows a rename. Some mounts give
// a file another number whenever it is asked for: there the path tells.
type opened struct {
	ids   map[storedir.FileID]bool
	paths map[string]bool
}

func openFiles() (opened, error) {
	entries, err := os.ReadDir(storedir.OpenFolder)
	if err != nil {
		return opened{}, err
	}
	open := opened{make(map[storedir.FileID]bool, len(entries)), make(map[string]bool, len(entries))}
	for _, e := range entries {
		// One that was closed meanwhile is not missed.
		link := storedir.OpenFolder + "/" + e.Name()
		if info, err := os.Stat(link); err == nil {
			if id, ok := storedir.Identify(info); ok {
				open.ids[id] = true
			}
		}
		if path, err := os.Readlink(link); err == nil {
			open.paths[path] = true
		}
	}
	return open, nil
}

// has tells whether the file at path, of which info tells, is open.
func (o opened) has(info fs.FileInfo, path string) bool {
	id, ok := storedir.Identify(info)
	return ok && o.ids[id] || o.paths[path]
}
