package vault

import "github.com/tacit-vault/tacit/store"

// A store may read its files by a way of its own: see store.Doubter. What it returns is
// proven like everything else. Where the proof fails, the database is asked before that
// is reported: an error of the other way becomes neither a false alarm nor a lost
// secret. View does that for what is read, Open for what it looks at itself. What goes
// out piece by piece, or finds faults and goes on, has the database read from the start.

// doubted tells whether the database reads already.
func doubted(s store.Store) bool {
	d, ok := s.(store.Doubter)
	return !ok || d.Doubted()
}

// doubt has the database read from here on.
func doubt(s store.Store) {
	if d, ok := s.(store.Doubter); ok {
		d.Doubt()
	}
}

// doubtful tells whether what failed is to be read again, by the database: the store
// had not been doubted before, and it is something that a proof found.
func doubtful(s store.Store, before bool, err error) bool {
	if before || !CodeOf(err).Tampering() {
		return false
	}
	doubt(s)
	return true
}

// asked is the store, and whether it was doubted before.
func (c *current) asked() (s store.Store, before bool) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	return c.store, doubted(c.store)
}

// readAgain reads the head of a store that is doubted.
func (c *current) readAgain() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	before := c.head
	err := c.reload()
	if err != nil {
		c.head = before
	}
	return err
}

// askDatabase has the database read from here on, beginning with the head.
func (c *current) askDatabase() error {
	s, before := c.asked()
	if before {
		return nil
	}
	doubt(s)
	return c.readAgain()
}

// reload reads the head again, and judges it where it is another one than before. The
// caller holds mu.
func (v *Vault) reload() error {
	before := v.current.head.Point()
	err := v.readHead()
	if err == nil && v.current.head.Point() != before {
		err = v.rejudge("open")
	}
	return err
}
