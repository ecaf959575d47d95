package vault

import (
	"context"
	"sync"

	"github.com/tacit-vault/tacit/crypto"
	"github.com/tacit-vault/tacit/store"
)

// ownNames is how many of the names that a head counts are tacit's own, and no secrets.
type ownNames struct{ live, gone int }

// ownNames counts them. The store tells which names there may be, and the index which
// there are. It reads no values, and of the index only what leads to these names.
func (s *snapshot) ownNames() (n ownNames, err error) {
	last := ""
	for key, err := range s.r.Keys([]byte(recordSpace+"."), nil) {
		if err != nil {
			return n, err
		}
		name, _, _, err := parseRecordKey(key)
		if err != nil || name == last {
			continue // what is malformed is for Verify to tell
		}
		last = name
		switch e, ok, err := s.entry(name); {
		case err != nil:
			return n, err
		case ok && e.Kind == crypto.Gone:
			n.gone++
		case ok:
			n.live++
		}
	}
	return n, nil
}

// secrets counts the secrets, and those that were deleted, by the whole index.
func (s *snapshot) secrets(ctx context.Context) (live, gone int, err error) {
	entries, err := s.entries(ctx, func(e crypto.Entry) bool { return ours(e.Name) })
	live, gone = int(s.head.Names), int(s.head.Gone)
	for _, e := range entries {
		if e.Kind == crypto.Gone {
			gone--
		} else {
			live--
		}
	}
	return live, gone, err
}

// ownCount keeps the count of one root, for as long as the vault has that.
type ownCount struct {
	mu    sync.Mutex // guards what is below
	root  crypto.Digest
	known bool
	n     ownNames
}

// ownNames counts the names of tacit's own. While the store is closed, or cannot be
// read, it is the count that was made last: a status has no errors, and Verify tells.
// The caller holds mu, or has the vault alone.
func (c *current) ownNames() ownNames {
	c.own.mu.Lock()
	defer c.own.mu.Unlock()
	if c.own.known && c.own.root == c.head.Root || c.store == nil || c.usable() != nil {
		return c.own.n
	}
	var n ownNames
	err := c.store.View(func(r store.Reader) (err error) {
		n, err = (&snapshot{r: r, dir: c.dir, head: c.head}).ownNames()
		return err
	})
	if err == nil {
		c.own.root, c.own.known, c.own.n = c.head.Root, true, n
	}
	return c.own.n
}
