package badgerstore

import (
	"github.com/tacit-vault/tacit/store/badgerfiles"
	"github.com/tacit-vault/tacit/store/storedir"
)

// CheckFiles implements FileChecker.
func (b *Store) CheckFiles() error {
	if !b.readOnly || !canReadOnly {
		return nil // they were looked at when it was opened
	}
	b.mu.RLock()
	defer b.mu.RUnlock()
	if err := b.usable(); err != nil {
		return err
	}
	s, err := badgerfiles.Read(b.path(storedir.DatabaseName))
	if err != nil {
		return classify("checking the files", err)
	}
	return classify("checking the files", s.Check(true))
}
