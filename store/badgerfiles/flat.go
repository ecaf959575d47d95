package badgerfiles

import (
	"encoding/binary"
	"io"
)

const (
	// pieceSize is how much of an index is read at once, before all of it is needed.
	pieceSize = 512
	// pieceOverlap is how far a piece reaches into the next, so that a number or a key
	// of usual length lies in one.
	pieceOverlap = 128
	// onePiece is how large an index may be to be read at once: that of a small vault,
	// whose every table is needed.
	onePiece = 32 << 10
)

// flat is a flat buffer in a file. Pieces of it are read where it is looked at, until
// readAll reads and verifies it.
type flat struct {
	file        io.ReaderAt
	start, size int64 // in the file
	pieces      []piece
	whole       []byte // nil before readAll
}

// piece is what lies in a flat buffer from a place on.
type piece struct {
	from int64
	b    []byte
}

// readAll reads it into memory; false says that it does not have that checksum.
func (b *flat) readAll(sum uint64) bool {
	v, ok := b.held()
	if !ok {
		v = make([]byte, b.size)
		if _, err := b.file.ReadAt(v, b.start); err != nil {
			return false
		}
	}
	if !fits(v, sum) {
		return false
	}
	b.whole, b.pieces = v, nil
	return true
}

// held is all of it, where one piece was.
func (b *flat) held() (v []byte, ok bool) {
	if len(b.pieces) != 1 || int64(len(b.pieces[0].b)) < b.size {
		return nil, false
	}
	return b.pieces[0].b, true
}

// cut returns n bytes, which are not to be changed; ok is false where they are not
// all there.
func (b *flat) cut(at, n int64) (v []byte, ok bool) {
	if at < 0 || n < 0 || at > b.size-n {
		return nil, false
	}
	if b.whole != nil {
		return b.whole[at : at+n : at+n], true
	}
	for _, p := range b.pieces {
		if i := at - p.from; i >= 0 && n <= int64(len(p.b))-i {
			return p.b[i : i+n : i+n], true
		}
	}
	p := piece{}
	if b.size <= onePiece {
		p.b = make([]byte, b.size)
	} else {
		p.from = at - at%pieceSize
		p.b = make([]byte, min(max(pieceSize+pieceOverlap, at+n-p.from), b.size-p.from))
	}
	if _, err := b.file.ReadAt(p.b, b.start+p.from); err != nil {
		return nil, false
	}
	b.pieces = append(b.pieces, p)
	return p.b[at-p.from:][:n:n], true
}

func (b *flat) u16(at int64) (v int64, ok bool) {
	c, ok := b.cut(at, 2)
	if !ok {
		return 0, false
	}
	return int64(binary.LittleEndian.Uint16(c)), true
}

func (b *flat) u32(at int64) (v int64, ok bool) {
	c, ok := b.cut(at, 4)
	if !ok {
		return 0, false
	}
	return int64(binary.LittleEndian.Uint32(c)), true
}

func (b *flat) u64(at int64) (v uint64, ok bool) {
	c, ok := b.cut(at, 8)
	if !ok {
		return 0, false
	}
	return binary.LittleEndian.Uint64(c), true
}
