package storedir

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/tacit-vault/tacit/store"
)

// DatabaseName is the folder that Badger has for itself.
const DatabaseName = "db"

// OpenFolder has a link to each file that this process has open, on Linux.
const OpenFolder = "/proc/self/fd"

// The folders that can lie beside db while something bigger is under way. A
// folder gets its name, but the first, only when it is complete and synced.
const (
	PartName  = "db.part"  // being made, or being removed: of no value
	AsideName = "db.aside" // the files as an unclean stop left them
	NewName   = "db.new"   // a rewritten database, which holds what db holds
	oldName   = "db.old"   // replaced: of no value
)

// maxOld is how many folders with something that cannot be removed may stand
// beside one another: db.old, db.old.1 and so on.
const maxOld = 10

// OldNames are the names of folders of no value.
func OldNames() []string {
	names := []string{oldName}
	for n := 1; n < maxOld; n++ {
		names = append(names, oldName+"."+strconv.Itoa(n))
	}
	return names
}

// IsOldName tells whether a folder of that name is of no value.
func IsOldName(name string) bool { return name == oldName || strings.HasPrefix(name, oldName+".") }

// Exists tells whether there is anything at path.
func Exists(path string) bool {
	_, err := os.Lstat(path)
	return !errors.Is(err, fs.ErrNotExist)
}

// MustSettle tells whether db, in the folder dir, cannot be read as it is.
func MustSettle(dir string) bool {
	return Exists(filepath.Join(dir, AsideName)) || !Exists(filepath.Join(dir, DatabaseName))
}

// CheckFolder refuses a db, in the folder dir, that is not ours alone.
func CheckFolder(dir string, foreign bool) error {
	db := filepath.Join(dir, DatabaseName)
	info, err := os.Lstat(db)
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%w: %s", store.ErrNoStore, dir)
	}
	if err != nil {
		return err
	}
	return checkPrivate(db, info, foreign)
}

// Part says what an entry of a store's folder is.
type Part int

// The parts of a store's folder.
const (
	NotOurs Part = iota
	LockFile
	BallastFile
	Database // db itself, or a folder that stands beside it for a while
	Copy     // db.aside and db.new, whose files may be further names of those in db
)

// PartOf tells what the entry with the name is.
func PartOf(name string) Part {
	switch name {
	case LockName:
		return LockFile
	case BallastName:
		return BallastFile
	case AsideName, NewName, PartName:
		return Copy
	case DatabaseName:
		return Database
	}
	if IsOldName(name) {
		return Copy
	}
	return NotOurs
}
