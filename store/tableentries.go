package store

import (
	"bytes"
	"encoding/binary"
	"math"

	"github.com/dgraph-io/badger/v4/fb"
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

// keyOrder looks whether keys come in ascending order. What it is shown of keys is
// valid during the call only.
type keyOrder struct {
	last, next []byte // reused
	newest     uint64 // the highest version so far
	count      uint32
}

// follows takes the next key, in two pieces.
func (o *keyOrder) follows(shared, rest []byte) bool {
	o.next = append(append(o.next[:0], shared...), rest...)
	n, m := len(o.next)-versionSize, len(o.last)-versionSize
	if m >= 0 {
		c := bytes.Compare(o.last[:m], o.next[:n])
		if c > 0 || c == 0 && bytes.Compare(o.last[m:], o.next[n:]) >= 0 {
			return false
		}
	}
	o.count++
	o.newest = max(o.newest, math.MaxUint64-binary.BigEndian.Uint64(o.next[n:]))
	o.last, o.next = o.next, o.last
	return true
}

// checkEntries looks through a block whose checksum fits: that each entry lies
// where the block says, whole, and the keys are in order.
func checkEntries(block []byte, index *fb.BlockOffset, order *keyOrder) error {
	e, count, ok := cutEntries(block)
	if !ok || !bytes.Equal(e.first, index.KeyBytes()) || e.offset(0) != 0 {
		return errTableEntries
	}
	for i := range count {
		shared, rest, value, ok := e.entry(i)
		if !ok || i == 0 && shared != 0 || !wellFormed(value) || !order.follows(e.first[:shared], rest) {
			return errTableEntries
		}
	}
	return nil
}

// touch reads what Badger reads of an index when it opens a table, with the
// functions that it uses: they panic where a number leads out of the index.
func touch(index *fb.TableIndex) error {
	index.KeyCount()
	index.UncompressedSize()
	index.OnDiskSize()
	index.StaleDataSize()
	index.BloomFilterLength()
	filter := index.BloomFilterBytes()
	var block fb.BlockOffset
	if len(filter) < 2 || !index.Offsets(&block, 0) || len(block.KeyBytes()) <= versionSize || index.MaxVersion() > maxVersion {
		return errTableIndex
	}
	return nil
}
