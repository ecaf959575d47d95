package anchor

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// tempAge is how old a file has to be to be nobody's work under way.
const tempAge = time.Minute

// Temps lists the files that changes left under the state folder which were cut
// short: nothing reads them. now is by the clock of the file system.
func (d Dir) Temps(now time.Time) (paths []string) {
	for _, sub := range []string{"vaults", "paths", "announced", "used", checkedDir, backedDir, attachedDir, foldersDir} {
		entries, err := os.ReadDir(d.file(sub))
		if err != nil {
			continue
		}
		for _, e := range entries {
			temp := strings.HasSuffix(e.Name(), ".new") || strings.HasPrefix(e.Name(), "new-")
			info, err := e.Info()
			if temp && err == nil && info.Mode().IsRegular() && now.Sub(info.ModTime()) > tempAge {
				paths = append(paths, filepath.Join(d.Path, sub, e.Name()))
			}
		}
	}
	return paths
}

// RemoveTemps removes what Temps lists.
func (d Dir) RemoveTemps(now time.Time) error {
	d, unlock, err := d.lock()
	if err != nil {
		return err
	}
	defer unlock()
	var errs []error
	for _, path := range d.Temps(now) {
		if err := os.Remove(path); !errors.Is(err, fs.ErrNotExist) {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}
