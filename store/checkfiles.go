package store

// CheckFiles implements FileChecker.
func (b *Badger) CheckFiles() error {
	if !b.readOnly || !canReadOnly {
		return nil // they were looked at when it was opened
	}
	b.mu.RLock()
	defer b.mu.RUnlock()
	if err := b.usable(); err != nil {
		return err
	}
	s, err := readFileSet(b.path(dbName))
	if err != nil {
		return classify("checking the files", err)
	}
	return classify("checking the files", s.check(true))
}
