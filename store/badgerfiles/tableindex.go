package badgerfiles

import (
	flatbuffers "github.com/google/flatbuffers/go"
)

// The index of a table is a flatbuffer. It is read here at the same places and with
// the same library as by Badger, whose own code for it would bring the database
// along: what panics there panics here first, where guard catches it.

// indexField is where a flatbuffer's table says that a field lies.
type indexField = flatbuffers.VOffsetT

// The fields of an index, and of what it says of a block.
const (
	indexBlocks     indexField = 4
	indexFilter     indexField = 6
	indexMaxVersion indexField = 8
	indexKeyCount   indexField = 10
	// Sizes that Badger reads as well: of what is not compressed, of all, of what is old.
	indexUncompressed indexField = 12
	indexOnDisk       indexField = 14
	indexStale        indexField = 16

	blockKey    indexField = 4
	blockOffset indexField = 6
	blockLength indexField = 8
)

// flatTable is a table of a flatbuffer.
type flatTable struct{ flatbuffers.Table }

// rootTable is the one that a flatbuffer begins with.
func rootTable(b []byte) flatTable {
	return flatTable{flatbuffers.Table{Bytes: b, Pos: flatbuffers.GetUOffsetT(b)}}
}

// at is where a field lies; there is false where the table does not have it.
func (t *flatTable) at(field indexField) (at flatbuffers.UOffsetT, there bool) {
	o := t.Offset(field)
	return flatbuffers.UOffsetT(o), o != 0
}

func (t *flatTable) uint32(field indexField) uint32 {
	if at, ok := t.at(field); ok {
		return t.GetUint32(at + t.Pos)
	}
	return 0
}

func (t *flatTable) uint64(field indexField) uint64 {
	if at, ok := t.at(field); ok {
		return t.GetUint64(at + t.Pos)
	}
	return 0
}

func (t *flatTable) bytes(field indexField) []byte {
	if at, ok := t.at(field); ok {
		return t.ByteVector(at + t.Pos)
	}
	return nil
}

// length is of a field that is a list.
func (t *flatTable) length(field indexField) int {
	if at, ok := t.at(field); ok {
		return t.VectorLen(at)
	}
	return 0
}

// A tableIndex says where the blocks of a table are.
type tableIndex struct{ flatTable }

func (x *tableIndex) blocks() int        { return x.length(indexBlocks) }
func (x *tableIndex) maxVersion() uint64 { return x.uint64(indexMaxVersion) }
func (x *tableIndex) keyCount() uint32   { return x.uint32(indexKeyCount) }

// block is what the index says of a block; false where it says nothing of any.
func (x *tableIndex) block(i int) (b blockIndex, ok bool) {
	at, ok := x.at(indexBlocks)
	if !ok {
		return b, false
	}
	pos := x.Indirect(x.Vector(at) + flatbuffers.UOffsetT(i)*4)
	return blockIndex{flatTable{flatbuffers.Table{Bytes: x.Bytes, Pos: pos}}}, true
}

// touch reads what Badger reads of an index when it opens a table.
func (x *tableIndex) touch() error {
	for _, field := range []indexField{indexKeyCount, indexUncompressed, indexOnDisk, indexStale} {
		x.uint32(field)
	}
	x.length(indexFilter)
	filter := x.bytes(indexFilter)
	first, ok := x.block(0)
	if len(filter) < 2 || !ok || len(first.key()) <= versionSize || x.maxVersion() > maxVersion {
		return errTableIndex
	}
	return nil
}

// A blockIndex is what an index says of a block.
type blockIndex struct{ flatTable }

func (b *blockIndex) key() []byte    { return b.bytes(blockKey) }
func (b *blockIndex) offset() uint32 { return b.uint32(blockOffset) }
func (b *blockIndex) length() uint32 { return b.uint32(blockLength) }

// parseChecksum reads a checksum as a table has it: a protocol buffer of an
// algorithm (field 1), of which Badger writes none but 0, CRC-32C, and the sum (2).
func parseChecksum(b []byte) (sum uint64, ok bool) {
	for len(b) > 0 {
		f, rest, read := nextField(b)
		if !read || f.num <= 2 && f.kind != kindVarint || f.num == 1 && f.v != 0 {
			return 0, false
		}
		if f.num == 2 {
			sum = f.v
		}
		b = rest
	}
	return sum, true
}

// fits tells whether data has that checksum.
func fits(data []byte, sum uint64) bool { return uint64(checksum(data)) == sum }
