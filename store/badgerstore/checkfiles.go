package badgerstore

import (
	"github.com/tacit-vault/tacit/store/badgerfiles"
	"github.com/tacit-vault/tacit/store/storedir"
)

// CheckFiles implements FileChecker.
func (b *Store) CheckFiles() error {
	b.mu.RLock()
	defer b.mu.RUnlock()
	if err := b.usable(); err != nil {
		return err
	}
	s, err := badgerfiles.Read(b.folder.path(storedir.DatabaseName))
	if err != nil {
		return classify("checking the files", err)
	}
	if err := s.Check(true); err != nil {
		return classify("checking the files", err)
	}
	// A table that a writer has made since the folder was listed is there by now.
	return classify("checking the files", s.CheckTables(s.Missing))
}
