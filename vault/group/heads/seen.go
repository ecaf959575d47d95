package heads

import (
	"bytes"
	"slices"

	"github.com/tacit-vault/tacit/crypto/bundle"
)

// With is seen with a dot in the place of that of its member.
func With(seen bundle.Seen, d bundle.Dot) bundle.Seen {
	i, found := slices.BinarySearchFunc(seen, d.Member, func(d bundle.Dot, m bundle.MemberID) int {
		return bytes.Compare(d.Member[:], m[:])
	})
	seen = slices.Clone(seen)
	if found {
		seen[i] = d
		return seen
	}
	return slices.Insert(seen, i, d)
}

// union has the higher dot of each member.
func union(a, b bundle.Seen) bundle.Seen {
	for _, d := range b {
		if !a.Covers(d.Member, d.Seq) {
			a = With(a, d)
		}
	}
	return a
}

// Former says how far the feeds of members that are gone count: up to a change, and
// that one with its digest. Number 0: not at all.
type Former []bundle.Dot

// left is where the feed of a member ends, false for one that is not gone.
func (f Former) left(m bundle.MemberID) (bundle.Dot, bool) { return bundle.Seen(f).Of(m) }

// Cap is what counts of seen: nothing that a member wrote after it was gone.
func (f Former) Cap(seen bundle.Seen) bundle.Seen {
	var capped bundle.Seen
	for _, d := range seen {
		if end, gone := f.left(d.Member); gone && d.Seq >= end.Seq {
			d = end
		}
		if d.Seq > 0 {
			capped = append(capped, d)
		}
	}
	return capped
}

// Exceeded tells whether seen has more of a feed than counts, or another change in the
// place of the last that counts. Then what was applied of it has to be given up.
func (f Former) Exceeded(seen bundle.Seen) bool {
	for _, end := range f {
		d, ok := seen.Of(end.Member)
		if ok && (d.Seq > end.Seq || d.Seq == end.Seq && d.Digest != end.Digest) {
			return true
		}
	}
	return false
}

// voids tells whether a head is of a change that does not count.
func (f Former) voids(h Head) bool {
	end, gone := f.left(h.Member)
	return gone && h.Seq > end.Seq
}
