package store

import (
	"path/filepath"
	"slices"
)

// inspect lists the files of the database in the folder dir; fit says that they
// need no repair. The lock may be nil, where there is no lock file.
func inspect(dir string, l *lock, foreign bool) (s *fileSet, fit bool, err error) {
	if mustSettle(dir) {
		return nil, false, nil
	}
	if err := checkFolder(dir, foreign); err != nil {
		return nil, false, err
	}
	if s, err = readFileSet(filepath.Join(dir, dbName)); err != nil {
		return nil, false, err
	}
	if l != nil {
		if log, ok := l.openLog(); ok && !slices.ContainsFunc(s.mems, func(id uint64) bool { return id >= log }) {
			return nil, false, corrupt("%05d.mem is missing", log)
		}
	}
	return s, !s.unclean(), nil
}

// ownFile tells whether a name is that of a file of Badger's.
func ownFile(name string) bool {
	switch name {
	case manifestName, registryName, pidName, rewriteName, discardName:
		return true
	}
	switch filepath.Ext(name) {
	case ".sst", ".vlog", ".mem":
		return true
	}
	return false
}
