package heads

import (
	"bytes"
	"cmp"
	"slices"

	"github.com/tacit-vault/tacit/crypto"
	"github.com/tacit-vault/tacit/crypto/bundle"
)

// A Head is an item that stands for a name: nothing that was applied replaces it.
type Head struct {
	Member  bundle.MemberID // its author
	Seq     uint64          // the change of the author's feed that it came in
	Version uint64          // one above the highest that it replaced
	Epoch   uint64          // of that change
	Gone    bool            // it is a deletion
	Sum     crypto.Digest   // of what it holds
}

// same tells whether two heads are of one change.
func (h Head) same(o Head) bool { return h.Member == o.Member && h.Seq == o.Seq }

// A Row is the heads of a name, the winner first. None: nothing is known of the name.
type Row []Head

// order is that of heads in a row: a value before a deletion, then the higher version,
// then the higher id and number. It depends on nothing that a machine knows alone.
func order(a, b Head) int {
	if a.Gone != b.Gone {
		if a.Gone {
			return 1
		}
		return -1
	}
	return cmp.Or(cmp.Compare(b.Version, a.Version), bytes.Compare(b.Member[:], a.Member[:]), cmp.Compare(b.Seq, a.Seq))
}

// Winner is the head that every member takes; false where there is none.
func (r Row) Winner() (Head, bool) {
	if len(r) == 0 {
		return Head{}, false
	}
	return r[0], true
}

// Losers are the other heads.
func (r Row) Losers() Row { return r[min(1, len(r)):] }

// Has tells whether a head of the same change is in the row.
func (r Row) Has(h Head) bool { return slices.ContainsFunc(r, h.same) }

// Version is the highest version in the row, 0 where it is empty.
func (r Row) Version() (most uint64) {
	for _, h := range r {
		most = max(most, h.Version)
	}
	return most
}

// with is the row without the heads that seen covers, and with h.
func (r Row) with(h Head, seen bundle.Seen) Row {
	left := slices.DeleteFunc(slices.Clone(r), func(o Head) bool { return seen.Covers(o.Member, o.Seq) || o.same(h) })
	return sorted(append(left, h))
}

func sorted(r Row) Row {
	slices.SortFunc(r, order)
	return r
}
