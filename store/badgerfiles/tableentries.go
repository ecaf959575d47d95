package badgerfiles

import (
	"bytes"
	"encoding/binary"
	"math"
)

// A block of a table, without its checksum, is its entries, then for each of them
// the offset at which it begins, then how many there are:
//
//	entry … | u32 offset … | u32 count
//	entry = u16 shared | u16 rest | rest of the key | value
//
// A key shares that many of its first bytes with the first key of the block, and
// ends with the version it was written under. The count is big-endian; the other
// numbers are as the machine has them in memory: Badger writes them so.
//
// Badger takes all of this as it comes, and panics where it is wrong.

const (
	entryHeader = 4
	// versionSize is the length of the version at the end of a key.
	versionSize = 8
	// maxVersion is above any version: each commit counts one. Badger goes on from
	// the highest there is, and past the last number it starts again at 0.
	maxVersion = math.MaxInt64
	// valueMeta is how a value begins: two bytes, and when it expires as a varint.
	valueMeta   = 2
	pointerSize = 12 // of a value pointer, which stands for a large value
)

// blockEntries reads the entries of a block.
type blockEntries struct {
	data, offsets []byte
	first         []byte // the first key
}

// cutEntries finds the entries in a block without its checksum.
func cutEntries(b []byte) (e blockEntries, count int, ok bool) {
	if len(b) < 4 {
		return e, 0, false
	}
	n := binary.BigEndian.Uint32(b[len(b)-4:])
	b = b[:len(b)-4]
	if n == 0 || uint64(n) > uint64(len(b))/4 {
		return e, 0, false
	}
	at := len(b) - 4*int(n)
	e.data, e.offsets = b[:at], b[at:]
	if len(e.data) < entryHeader {
		return e, 0, false
	}
	rest := int(binary.NativeEndian.Uint16(e.data[2:]))
	if rest <= versionSize || entryHeader+rest > len(e.data) {
		return e, 0, false
	}
	e.first = e.data[entryHeader : entryHeader+rest]
	return e, int(n), true
}

// offset is where an entry begins; the one behind the last is where they end.
func (e blockEntries) offset(i int) int64 {
	if 4*i == len(e.offsets) {
		return int64(len(e.data))
	}
	return int64(binary.NativeEndian.Uint32(e.offsets[4*i:]))
}

// entry cuts an entry into what its key shares with the first one, the rest of the
// key, and the value.
func (e blockEntries) entry(i int) (shared int, rest, value []byte, ok bool) {
	from, to := e.offset(i), e.offset(i+1)
	if to > int64(len(e.data)) || from+entryHeader > to {
		return 0, nil, nil, false
	}
	b := e.data[from:to]
	shared, n := int(binary.NativeEndian.Uint16(b)), int(binary.NativeEndian.Uint16(b[2:]))
	if shared > len(e.first) || n > len(b)-entryHeader || shared+n <= versionSize {
		return 0, nil, nil, false
	}
	return shared, b[entryHeader : entryHeader+n], b[entryHeader+n:], true
}

// wellFormed tells whether a value is one that can be decoded.
func wellFormed(value []byte) bool {
	if len(value) <= valueMeta {
		return false
	}
	n := 1
	if value[valueMeta] != 0 { // nothing of ours expires
		if _, n = binary.Uvarint(value[valueMeta:]); n <= 0 {
			return false
		}
	}
	return value[0]&flagPointer == 0 || len(value) == valueMeta+n+pointerSize
}

// keyOrder looks whether keys come in ascending order. A key is first[:shared] and
// rest, which lie in the block that is looked through.
type keyOrder struct {
	first      []byte // of the block
	shared     int    // of the last key
	rest       []byte // of the last key
	kept       []byte // reused: the last key of the block before
	last, next []byte // reused: keys in one piece
	newest     uint64 // the highest version so far
	count      uint32
}

// follows takes the next key.
func (o *keyOrder) follows(first []byte, shared int, rest []byte) bool {
	if !o.after(first, shared, rest) {
		return false
	}
	o.first, o.shared, o.rest = first, shared, rest
	o.count++
	return true
}

// after tells whether the key comes after the last one, and notes its version.
func (o *keyOrder) after(first []byte, shared int, rest []byte) bool {
	// In a block the keys share less and less with the first one, mostly as much as
	// the one before: then what follows decides.
	if o.count > 0 && &first[0] == &o.first[0] && shared == o.shared && len(rest) >= versionSize && len(o.rest) >= versionSize {
		return o.ascends(o.rest, rest)
	}
	o.next = append(append(o.next[:0], first[:shared]...), rest...)
	if o.count == 0 {
		o.note(o.next)
		return true
	}
	o.last = append(append(o.last[:0], o.first[:o.shared]...), o.rest...)
	return o.ascends(o.last, o.next)
}

// ascends compares two keys, or what is left of them behind the same beginning.
func (o *keyOrder) ascends(last, next []byte) bool {
	o.note(next)
	n, m := len(next)-versionSize, len(last)-versionSize
	c := bytes.Compare(last[:m], next[:n])
	return c < 0 || c == 0 && bytes.Compare(last[m:], next[n:]) < 0
}

func (o *keyOrder) note(key []byte) {
	o.newest = max(o.newest, math.MaxUint64-binary.BigEndian.Uint64(key[len(key)-versionSize:]))
}

// leave keeps the last key, as the block that it lies in goes.
func (o *keyOrder) leave() {
	o.kept = append(append(o.kept[:0], o.first[:o.shared]...), o.rest...)
	o.first, o.shared, o.rest = o.kept, len(o.kept), nil
}

// checkEntries looks through a block whose checksum fits: that each entry lies
// where the block says, whole, and the keys are in order.
func checkEntries(block []byte, index blockIndex, order *keyOrder) error {
	e, count, ok := cutEntries(block)
	if !ok || !bytes.Equal(e.first, index.key()) || e.offset(0) != 0 {
		return errTableEntries
	}
	for i := range count {
		shared, rest, value, ok := e.entry(i)
		if !ok || i == 0 && shared != 0 || !wellFormed(value) || !order.follows(e.first, shared, rest) {
			return errTableEntries
		}
	}
	order.leave()
	return nil
}
