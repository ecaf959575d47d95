package cli

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// Folders in memory, by what their names begin with.
const (
	runFolder  = "tacit-run-"  // values for a command
	editFolder = "tacit-edit-" // values in an editor
	keptFolder = "tacit-kept-" // what somebody typed and could not be stored: theirs to remove
)

// A memoryFolder is a folder of this user alone whose files lie in memory. It
// is locked as long as somebody needs it: what a killed process has left is told
// from what is in use by its lock, which the system has let go of.
type memoryFolder struct {
	path string
	lock *os.File
}

// newMemoryFolder makes a folder in a place in memory.
func newMemoryFolder(place, prefix string) (*memoryFolder, error) {
	const tries = 10
	for range tries {
		path, err := os.MkdirTemp(place, prefix)
		if err != nil {
			return nil, fileError("making a folder in", place, err)
		}
		lock, err := lockFolder(path)
		if err == nil && isFolder(path, lock) {
			return &memoryFolder{path, lock}, nil
		}
		if err == nil {
			lock.Close()
		} else if !errors.Is(err, errFolderInUse) && !errors.Is(err, fs.ErrNotExist) {
			os.Remove(path)
			return nil, fileError("locking", path, err)
		}
		// Somebody has taken it for a leftover, in the moment before it was locked.
	}
	return nil, &failure{code: "failed", exit: exitOther, message: "a folder in " + place + " is taken away again and again"}
}

// isFolder tells whether path is still the folder that is open.
func isFolder(path string, folder *os.File) bool {
	there, err := os.Lstat(path)
	opened, openedErr := folder.Stat()
	return err == nil && openedErr == nil && os.SameFile(there, opened)
}

// remove removes the folder and all that is in it.
func (f *memoryFolder) remove() error {
	err := os.RemoveAll(f.path)
	f.lock.Close()
	return err
}

// leftovers are the folders in memory that nobody needs any more.
type leftovers struct {
	stale []string // left by a process that was killed
	kept  []string // left to the user
}

// findLeftovers looks in every place where this user's folders can lie.
func findLeftovers(env func(string) string) (found leftovers) {
	for _, place := range memoryPlaces(env) {
		entries, err := os.ReadDir(place)
		if err != nil {
			continue
		}
		for _, e := range entries {
			path := filepath.Join(place, e.Name())
			kept := strings.HasPrefix(e.Name(), keptFolder)
			if !kept && !strings.HasPrefix(e.Name(), editFolder) && !strings.HasPrefix(e.Name(), runFolder) {
				continue
			}
			if info, err := os.Lstat(path); err != nil || !info.IsDir() || !isOurs(info) {
				continue
			}
			if kept {
				found.kept = append(found.kept, path)
			} else if lock, err := lockFolder(path); err == nil {
				found.stale = append(found.stale, path)
				lock.Close()
			}
		}
	}
	return found
}

// removeStale removes a folder that a killed process has left. It does nothing
// where somebody has it in use.
func removeStale(path string) error {
	lock, err := lockFolder(path)
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, errFolderInUse) {
		return nil
	}
	if err != nil {
		return err
	}
	return (&memoryFolder{path, lock}).remove()
}
