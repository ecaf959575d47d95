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
	return classify("checking the files", badgerfiles.CheckAll(b.folder.path(storedir.DatabaseName)))
}
