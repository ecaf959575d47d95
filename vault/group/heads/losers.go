package heads

import (
	"slices"

	"github.com/tacit-vault/tacit/crypto/bundle"
)

// Settle is the list of values that lost, of one name, after a commit: those that it
// had before and the losers among the heads, without what wins now. A value leaves the
// list where an item of this commit replaces it whose author was shown it, or is its
// own author in another vault: then that author has it where it belongs. What this
// vault sets replaces nothing in the list.
func Settle(me bundle.MemberID, listed, row Row, name string, applied []Change) Row {
	winner, _ := row.Winner()
	var left Row
	for _, h := range listed {
		if !h.same(winner) && !row.Has(h) && !settled(me, h, name, applied) {
			left = append(left, h)
		}
	}
	return append(left, slices.Clone(row.Losers())...)
}

func settled(me bundle.MemberID, h Head, name string, applied []Change) bool {
	for _, c := range applied {
		replaces := c.Seen.Covers(h.Member, h.Seq) || c.Dot.Member == h.Member && c.Dot.Seq > h.Seq
		if !replaces || !slices.ContainsFunc(c.Items, func(i Item) bool {
			return i.Name == name && (i.Resolved || c.Dot.Member == h.Member && h.Member != me)
		}) {
			continue
		}
		return true
	}
	return false
}
