package heads

import (
	"maps"
	"slices"

	"github.com/tacit-vault/tacit/crypto/bundle"
)

// A State is what one member has applied. Rows may be those of some names only, where
// no other name is asked for.
type State struct {
	Seen   bundle.Seen
	Former Former
	Rows   map[string]Row
}

// Clone is a copy that shares nothing that changes.
func (s *State) Clone() *State {
	return &State{slices.Clone(s.Seen), slices.Clone(s.Former), maps.Clone(s.Rows)}
}

// Apply applies a change that is Ready: each item takes the place of the heads that its
// author had applied, and of no other.
func (s *State) Apply(c Change) {
	covered := s.Former.Cap(c.Seen)
	if c.Dot.Seq > 1 {
		covered = With(covered, bundle.Dot{Member: c.Dot.Member, Seq: c.Dot.Seq - 1, Digest: c.Prev})
	}
	for _, item := range c.Items {
		s.Rows[item.Name] = s.Rows[item.Name].with(c.head(item), covered)
	}
	s.Seen = With(s.Seen, c.Dot)
}

// Cut is the items of the next change of a writer that wants these in the place of
// what it has applied. The caller makes the change of them, with s.Seen.
func (s *State) Cut(dirty []Item) []Item {
	items := slices.Clone(dirty)
	for i := range items {
		items[i].Version = 1 + s.Rows[items[i].Name].Version()
	}
	return items
}
