package vault

import (
	"context"
	"slices"
	"strings"
	"sync"

	"github.com/tacit-vault/tacit/crypto"
)

// nameCache keeps the sorted entries of one root, so that paging through a
// list walks the index once.
type nameCache struct {
	mu      sync.Mutex // guards what is below
	root    crypto.Digest
	entries []crypto.Entry
}

// sorted returns every entry under the snapshot's root, sorted by name. The
// walk proves that none is missing. The result is shared: do not change it.
func (c *nameCache) sorted(ctx context.Context, s *snapshot) ([]crypto.Entry, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.entries != nil && c.root == s.head.Root {
		return c.entries, nil
	}
	entries, err := s.entries(ctx, func(crypto.Entry) bool { return true })
	if err == nil {
		c.root, c.entries = s.head.Root, entries
	}
	return entries, err
}

// known returns what sorted returned last, if that was under the same root.
func (c *nameCache) known(root crypto.Digest) []crypto.Entry {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.root != root {
		return nil
	}
	return c.entries
}

// search finds a name among sorted entries.
func search(entries []crypto.Entry, name string) (crypto.Entry, bool) {
	i, ok := slices.BinarySearchFunc(entries, name, func(e crypto.Entry, name string) int { return strings.Compare(e.Name, name) })
	if !ok {
		return crypto.Entry{}, false
	}
	return entries[i], true
}
