// Package forge makes tables of Badger's that are wrong inside and right by their
// checksums, as a hostile program can write them. It is for tests.
//
// It reads and writes the bytes itself: what it forges must not depend on the
// code that is tested with it.
package forge

import (
	"encoding/binary"
	"errors"
	"hash/crc32"
	"math/rand/v2"

	"google.golang.org/protobuf/encoding/protowire"
)

// A Kind is one way to make a table wrong.
type Kind struct {
	Name string
	// Unseen says that keys are not found any more, and nothing in the files tells.
	Unseen bool
	blocks func(t *table, rng *rand.Rand) // before they are laid out; may be nil
	index  func(t *table, rng *rand.Rand) // after it; may be nil
}

// Table returns the content of a table after the damage, whose place rng draws.
// The error says that the content is not a table's.
func (k Kind) Table(content []byte, rng *rand.Rand) ([]byte, error) {
	t, err := parse(content)
	if err != nil {
		return nil, err
	}
	if k.blocks != nil {
		k.blocks(t, rng)
	}
	t.layOut()
	if k.index != nil {
		k.index(t, rng)
	}
	return t.encode(), nil
}

var errNoTable = errors.New("not a table")

// A block is the entries of a table that share the first one's key prefix.
type block struct {
	entries []byte
	offsets []uint32
	count   uint32 // what it says of offsets
	order   binary.AppendByteOrder
}

type table struct {
	blocks []*block
	body   []byte // the blocks, laid out
	index  []byte
	length uint32 // what it says of index
}

// parse reads a table that is right.
func parse(b []byte) (*table, error) {
	rest, ok := cutSum(b)
	if !ok || len(rest) < 4 {
		return nil, errNoTable
	}
	n := int(binary.BigEndian.Uint32(rest[len(rest)-4:]))
	rest = rest[:len(rest)-4]
	if n > len(rest) {
		return nil, errNoTable
	}
	t := &table{index: append([]byte(nil), rest[len(rest)-n:]...), length: uint32(n)}
	for _, ref := range t.refs() {
		at, size := int(t.get(ref.offset)), int(t.get(ref.size))
		if at+size > len(rest)-n {
			return nil, errNoTable
		}
		data, ok := cutSum(rest[at : at+size])
		if !ok || len(data) < 4 {
			return nil, errNoTable
		}
		k := &block{count: binary.BigEndian.Uint32(data[len(data)-4:]), order: binary.NativeEndian}
		data = data[:len(data)-4]
		if int(k.count)*4 > len(data) {
			return nil, errNoTable
		}
		list := data[len(data)-4*int(k.count):]
		for i := range int(k.count) {
			k.offsets = append(k.offsets, binary.NativeEndian.Uint32(list[4*i:]))
		}
		k.entries = append([]byte(nil), data[:len(data)-len(list)]...)
		t.blocks = append(t.blocks, k)
	}
	return t, nil
}

// cutSum takes checksum and length off the end.
func cutSum(b []byte) (rest []byte, ok bool) {
	if len(b) < 4 {
		return nil, false
	}
	sum := int(binary.BigEndian.Uint32(b[len(b)-4:]))
	if sum > len(b)-4 {
		return nil, false
	}
	return b[:len(b)-4-sum], true
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// addSum appends a checksum of data and its length.
func addSum(data []byte) []byte {
	sum := protowire.AppendTag(nil, 2, protowire.VarintType) // the algorithm is CRC-32C where none is named
	sum = protowire.AppendVarint(sum, uint64(crc32.Checksum(data, castagnoli)))
	return binary.BigEndian.AppendUint32(append(data, sum...), uint32(len(sum)))
}

// layOut writes the blocks, and into the index where they lie.
func (t *table) layOut() {
	for i, ref := range t.refs() {
		if i >= len(t.blocks) {
			return
		}
		k, from := t.blocks[i], len(t.body)
		data := append([]byte(nil), k.entries...)
		for _, off := range k.offsets {
			data = k.order.AppendUint32(data, off)
		}
		t.body = append(t.body, addSum(binary.BigEndian.AppendUint32(data, k.count))...)
		t.put(ref.offset, uint32(from))
		t.put(ref.size, uint32(len(t.body)-from))
	}
}

// encode returns the file.
func (t *table) encode() []byte {
	sum := addSum(append([]byte(nil), t.index...))[len(t.index):]
	b := append(append([]byte(nil), t.body...), t.index...)
	return append(binary.BigEndian.AppendUint32(b, t.length), sum...)
}
