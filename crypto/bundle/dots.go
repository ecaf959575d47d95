package bundle

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"slices"

	"github.com/tacit-vault/tacit/crypto"
)

// Dot is a place in a member's feed: the bundle of changes with the number, and
// its digest.
type Dot struct {
	Member MemberID
	Seq    uint64
	Digest crypto.Digest
}

const dotSize = 8 + 8 + 32

func (d Dot) bytes() []byte {
	b := make([]byte, 0, dotSize)
	b = append(b, d.Member[:]...)
	b = binary.BigEndian.AppendUint64(b, d.Seq)
	return append(b, d.Digest[:]...)
}

func parseDot(b []byte) (d Dot, err error) {
	if len(b) != dotSize {
		return d, fmt.Errorf("%w: a dot of %d bytes", crypto.ErrMalformed, len(b))
	}
	copy(d.Member[:], b)
	d.Seq = binary.BigEndian.Uint64(b[8:])
	copy(d.Digest[:], b[16:])
	return d, nil
}

// Seen is how much of each member's feed is applied: its last bundle. It is sorted
// by member, and members are unique. A member of whom nothing is applied is not
// in it.
type Seen []Dot

// Of is the dot of a member; ok is false if nothing of its feed is applied.
func (s Seen) Of(m MemberID) (d Dot, ok bool) {
	i, ok := slices.BinarySearchFunc(s, m, func(d Dot, m MemberID) int { return bytes.Compare(d.Member[:], m[:]) })
	if !ok {
		return Dot{}, false
	}
	return s[i], true
}

// Covers tells whether the bundle with the number, of a member, is applied.
func (s Seen) Covers(m MemberID, seq uint64) bool {
	d, ok := s.Of(m)
	return ok && seq <= d.Seq
}

// check refuses dots that are not sorted, or stand for nothing; least is the
// lowest number.
func checkDots(dots []Dot, most int, least uint64) error {
	if len(dots) > most {
		return fmt.Errorf("%w: %d dots, at most %d", crypto.ErrLimit, len(dots), most)
	}
	for i, d := range dots {
		switch {
		case i > 0 && bytes.Compare(dots[i-1].Member[:], d.Member[:]) >= 0:
			return fmt.Errorf("%w: dots are not sorted and unique", crypto.ErrMalformed)
		case d.Member == Recovery:
			return fmt.Errorf("%w: a dot of no member", crypto.ErrMalformed)
		case d.Seq < least || d.Seq > crypto.MaxCount || (d.Seq == 0) != d.Digest.IsZero():
			return fmt.Errorf("%w: dot at %d", crypto.ErrMalformed, d.Seq)
		}
	}
	return nil
}

func (s Seen) check() error { return checkDots(s, MaxDots, 1) }

func encodeDots(label string, dots []Dot) []byte {
	list := make([][]byte, len(dots))
	for i, d := range dots {
		list[i] = d.bytes()
	}
	return crypto.Encode(label, list...)
}

func (s Seen) encode() []byte { return encodeDots("tacit/1/dots", s) }

// readDots reads a field that is a list of dots.
func readDots(f *crypto.Fields, label string, most int) (dots []Dot) {
	readList(f, label, most, func(b []byte) error {
		d, err := parseDot(b)
		dots = append(dots, d)
		return err
	})
	return dots
}

// readList reads a field that is a list, item by item.
func readList(f *crypto.Fields, label string, most int, read func([]byte) error) {
	b := f.Next()
	if f.Err() != nil {
		return
	}
	items, err := crypto.Decode(label, b, most)
	for i := 0; err == nil && i < len(items); i++ {
		err = read(items[i])
	}
	f.Fail(err)
}

// WithDot is a copy of sorted dots with one more, or in the place of that of its
// member.
func WithDot(dots []Dot, d Dot) []Dot {
	dots = slices.DeleteFunc(slices.Clone(dots), func(o Dot) bool { return o.Member == d.Member })
	i, _ := slices.BinarySearchFunc(dots, d.Member, func(o Dot, m MemberID) int { return bytes.Compare(o.Member[:], m[:]) })
	return slices.Insert(dots, i, d)
}
