package heads

import (
	"errors"
	"slices"

	"github.com/tacit-vault/tacit/crypto/bundle"
)

// A Checkpoint is the owner's state of all names.
type Checkpoint struct {
	Seen bundle.Seen
	Rows map[string]Row
	// Whole: it becomes the state, because a feed that it covers is forked. Which of two
	// changes the owner has taken is in it.
	Whole bool
}

// ErrOld: the checkpoint has changes that do not count any more.
var ErrOld = errors.New("the checkpoint has changes that do not count any more")

// A Vanished head is one that was applied, and does not count any more.
type Vanished struct {
	Name string
	Head
}

// Adopt merges a whole checkpoint into the state: a head stays, or comes, unless the
// other side has seen it and has it no more. That holds only where both have applied
// the same changes. Where the state has more of a feed than counts, or another change
// under a number, the checkpoint becomes the state; what is given up by that is
// returned. The changes that the checkpoint does not cover can then be applied again.
func (s *State) Adopt(c Checkpoint) ([]Vanished, error) {
	if s.Former.Exceeded(c.Seen) {
		return nil, ErrOld
	}
	if c.Whole || s.Former.Exceeded(s.Seen) || s.differs(c.Seen) {
		return s.rebase(c), nil
	}
	for name := range s.Rows {
		if _, ok := c.Rows[name]; !ok {
			s.adoptRow(name, nil, c.Seen)
		}
	}
	for name, theirs := range c.Rows {
		s.adoptRow(name, theirs, c.Seen)
	}
	s.Seen = union(s.Seen, c.Seen)
	return nil, nil
}

// differs tells whether the state has another change under a number than seen.
func (s *State) differs(seen bundle.Seen) bool {
	for _, d := range seen {
		if mine, ok := s.Seen.Of(d.Member); ok && mine.Seq == d.Seq && mine.Digest != d.Digest {
			return true
		}
	}
	return false
}

func (s *State) adoptRow(name string, theirs Row, seen bundle.Seen) {
	var row Row
	mine := s.Rows[name]
	for _, h := range mine {
		if !theirs.Has(h) && !seen.Covers(h.Member, h.Seq) {
			row = append(row, h)
		}
	}
	for _, h := range theirs {
		if mine.Has(h) || !s.Seen.Covers(h.Member, h.Seq) {
			row = append(row, h)
		}
	}
	s.put(name, row)
}

// put keeps no row without heads.
func (s *State) put(name string, row Row) {
	if len(row) == 0 {
		delete(s.Rows, name)
		return
	}
	s.Rows[name] = sorted(row)
}

// rebase makes the checkpoint the state. Given up is what the checkpoint covers, or what
// does not count, and what is not in it though no other head of it replaces the name.
func (s *State) rebase(c Checkpoint) (gone []Vanished) {
	for name, row := range s.Rows {
		for _, h := range row {
			if s.Former.voids(h) || c.Seen.Covers(h.Member, h.Seq) && !c.Rows[name].replaces(h) {
				gone = append(gone, Vanished{name, h})
			}
		}
	}
	s.Seen, s.Rows = slices.Clone(c.Seen), map[string]Row{}
	for name, row := range c.Rows {
		s.put(name, slices.Clone(row))
	}
	return gone
}

// replaces tells whether the row has the head, or one that may have taken its place: of
// a higher version.
func (r Row) replaces(h Head) bool {
	return slices.ContainsFunc(r, func(o Head) bool { return o.same(h) && o.Sum == h.Sum || o.Version > h.Version })
}
