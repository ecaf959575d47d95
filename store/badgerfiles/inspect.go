package badgerfiles

import (
	"path/filepath"
	"slices"

	"github.com/tacit-vault/tacit/store/storedir"
)

// Inspect lists the files of the database in the folder dir; fit says that they
// need no repair. The lock may be nil, where there is no lock file.
func Inspect(dir string, l *storedir.Lock, foreign bool) (s *Set, fit bool, err error) {
	if storedir.MustSettle(dir) {
		return nil, false, nil
	}
	if err := storedir.CheckFolder(dir, foreign); err != nil {
		return nil, false, err
	}
	if s, err = Read(filepath.Join(dir, storedir.DatabaseName)); err != nil {
		return nil, false, err
	}
	if l != nil {
		if log, ok := l.OpenLog(); ok && !slices.ContainsFunc(s.MemLogs, func(id uint64) bool { return id >= log }) {
			return nil, false, storedir.Corrupt("%05d.mem is missing", log)
		}
	}
	return s, !s.Unclean(), nil
}

// isDatabaseFile tells whether a name is that of a file of Badger's, or of ours beside
// them.
func isDatabaseFile(name string) bool {
	switch name {
	case ManifestName, RegistryName, PidName, RewriteName, DiscardName, RangesName:
		return true
	}
	switch filepath.Ext(name) {
	case ".sst", ".vlog", ".mem":
		return true
	}
	return false
}
