package heads

import (
	"github.com/tacit-vault/tacit/crypto"
	"github.com/tacit-vault/tacit/crypto/bundle"
)

// A Change is one step of a writer's feed.
type Change struct {
	Dot   bundle.Dot // its place in the feed
	Prev  crypto.Digest
	Epoch uint64
	Seen  bundle.Seen // what its author had applied
	Items []Item
}

// An Item is one name's part of a change.
type Item struct {
	Name     string
	Version  uint64
	Gone     bool
	Resolved bool // its author was shown what it replaces
	Sum      crypto.Digest
}

func (c *Change) head(i Item) Head {
	return Head{Member: c.Dot.Member, Seq: c.Dot.Seq, Version: i.Version, Epoch: c.Epoch, Gone: i.Gone, Sum: i.Sum}
}

// Standing is what can be done with a change.
type Standing int

// The standings.
const (
	Ready   Standing = iota // it can be applied
	Done                    // it is applied
	Waiting                 // for changes that it follows or has seen
	Void                    // its author was gone before
	Forked                  // its author has written two changes under one number
)

// Judge tells what can be done with a change, and for Waiting, which changes it needs.
func (s *State) Judge(c Change) (Standing, []bundle.Dot) {
	d := c.Dot
	end, gone := s.Former.left(d.Member)
	if gone && (d.Seq > end.Seq || d.Seq == end.Seq && d.Digest != end.Digest) {
		return Void, nil
	}
	last, _ := s.Seen.Of(d.Member)
	switch {
	case d.Seq == last.Seq && d.Digest != last.Digest:
		return Forked, nil
	case d.Seq <= last.Seq:
		return Done, nil
	case d.Seq > last.Seq+1:
		return Waiting, []bundle.Dot{{Member: d.Member, Seq: d.Seq - 1, Digest: c.Prev}}
	case c.Prev != last.Digest:
		return Forked, nil
	}
	if needs := s.lacks(c); len(needs) > 0 {
		return Waiting, needs
	}
	return Ready, nil
}

// lacks are the changes that c's author had applied and s has not. What its author had
// of a feed that has ended since counts as far as the feed does.
func (s *State) lacks(c Change) (needs []bundle.Dot) {
	for _, d := range s.Former.Cap(c.Seen) {
		if d.Member != c.Dot.Member && !s.Seen.Covers(d.Member, d.Seq) {
			needs = append(needs, d)
		}
	}
	return needs
}
