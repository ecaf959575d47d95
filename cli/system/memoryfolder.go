package system

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/tacit-vault/tacit/cli/failure"
)

// Folders in memory, by what their names begin with.
const (
	RunFolder  = "tacit-run-"  // values for a command
	EditFolder = "tacit-edit-" // values in an editor
	KeptFolder = "tacit-kept-" // what somebody typed and could not be stored: theirs to remove
)

// A MemoryFolder is a folder of this user alone whose files lie in memory. It
// is locked as long as somebody needs it: what a killed process has left is told
// from what is in use by its lock, which the system has let go of.
type MemoryFolder struct {
	Path string
	Lock *os.File
}

// NewMemoryFolder makes a folder in a place in memory.
func NewMemoryFolder(place, prefix string) (*MemoryFolder, error) {
	const tries = 10
	for range tries {
		path, err := os.MkdirTemp(place, prefix)
		if err != nil {
			return nil, failure.FileError("making a folder in", place, err)
		}
		lock, err := lockFolder(path)
		if err == nil && isFolder(path, lock) {
			return &MemoryFolder{path, lock}, nil
		}
		if err == nil {
			lock.Close()
		} else if !errors.Is(err, errFolderInUse) && !errors.Is(err, fs.ErrNotExist) {
			os.Remove(path)
			return nil, failure.FileError("locking", path, err)
		}
		// Somebody has taken it for a leftover, in the moment before it was locked.
	}
	return nil, &failure.Failure{Code: "failed", Exit: failure.ExitOther, Message: "a folder in " + place + " is taken away again and again"}
}

// isFolder tells whether path is still the folder that is open.
func isFolder(path string, folder *os.File) bool {
	there, err := os.Lstat(path)
	opened, openedErr := folder.Stat()
	return err == nil && openedErr == nil && os.SameFile(there, opened)
}

// Remove removes the folder and all that is in it.
func (f *MemoryFolder) Remove() error {
	err := os.RemoveAll(f.Path)
	f.Lock.Close()
	return err
}

// leftovers are the folders in memory that nobody needs any more.
type leftovers struct {
	Stale []string // left by a process that was killed
	Kept  []string // left to the user
}

// FindLeftovers looks in every place where this user's folders can lie.
func FindLeftovers(env func(string) string) (found leftovers) {
	for _, place := range memoryPlaces(env) {
		entries, err := os.ReadDir(place)
		if err != nil {
			continue
		}
		for _, e := range entries {
			path := filepath.Join(place, e.Name())
			kept := strings.HasPrefix(e.Name(), KeptFolder)
			if !kept && !strings.HasPrefix(e.Name(), EditFolder) && !strings.HasPrefix(e.Name(), RunFolder) {
				continue
			}
			if info, err := os.Lstat(path); err != nil || !info.IsDir() || !isOurs(info) {
				continue
			}
			if kept {
				found.Kept = append(found.Kept, path)
			} else if lock, err := lockFolder(path); err == nil {
				found.Stale = append(found.Stale, path)
				lock.Close()
			}
		}
	}
	return found
}

// RemoveStale removes a folder that a killed process has left. It does nothing
// where somebody has it in use.
func RemoveStale(path string) error {
	lock, err := lockFolder(path)
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, errFolderInUse) {
		return nil
	}
	if err != nil {
		return err
	}
	return (&MemoryFolder{path, lock}).Remove()
}
