package store

import (
	"encoding/binary"
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/dgraph-io/badger/v4/fb"
	"github.com/dgraph-io/badger/v4/pb"
	"github.com/dgraph-io/badger/v4/y"
	"google.golang.org/protobuf/proto"
)

// A table of Badger's is a row of blocks and, behind them, an index:
//
//	block … | index | u32 its length | checksum | u32 its length
//
// Each block ends like the file does, with a checksum and its length. Badger
// reads tables in goroutines of its own, where damage to a length or an offset
// panics and nobody can recover. So the index and the block that Badger reads
// on opening are verified here, and for a writer every block, because a
// compaction would give a damaged one a new checksum.

const (
	maxTable    = 1 << 30 // bytes; ours have 8 to 16 MiB
	maxChecksum = 64      // bytes of an encoded checksum; Badger writes 12 at most
)

var (
	errTableEnd      = errors.New("its end is damaged")
	errTableIndex    = errors.New("its index is damaged")
	errTableBlock    = errors.New("a block is damaged")
	errTableTooLarge = errors.New("larger than any table")
)

// checkTable verifies a table. Where not full, it reads only the end.
func checkTable(path string, full bool) error {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return corrupt("%s is missing", filepath.Base(path))
	}
	if err != nil {
		return err
	}
	defer f.Close()
	err = guard(filepath.Base(path), func() error {
		t := &tableFile{f: f}
		if err := t.readIndex(); err != nil {
			return err
		}
		return t.checkBlocks(full)
	})
	if err != nil && !errors.Is(err, ErrCorrupt) {
		return corrupt("%s: %w", filepath.Base(path), err)
	}
	return err
}

// tableFile is a table while it is verified.
type tableFile struct {
	f      *os.File
	blocks int64 // how many bytes the blocks fill
	index  *fb.TableIndex
}

// readIndex reads and verifies the index.
func (t *tableFile) readIndex() error {
	info, err := t.f.Stat()
	if err != nil {
		return err
	}
	if info.Size() > maxTable {
		return errTableTooLarge
	}
	// Index, length, checksum and length, mostly read at once.
	tail := make([]byte, min(info.Size(), 256<<10))
	if _, err := t.f.ReadAt(tail, info.Size()-int64(len(tail))); err != nil {
		return err
	}
	rest, sum, err := cutChecksum(tail)
	if err != nil || len(rest) < 4 {
		return errTableEnd
	}
	end := info.Size() - int64(len(tail)-len(rest)) - 4
	n := int64(binary.BigEndian.Uint32(rest[len(rest)-4:]))
	if n == 0 || n > end {
		return errTableEnd
	}
	rest = rest[:len(rest)-4]
	var index []byte
	if n <= int64(len(rest)) {
		index = rest[int64(len(rest))-n:]
	} else {
		index = make([]byte, n)
		if _, err := t.f.ReadAt(index, end-n); err != nil {
			return err
		}
	}
	if y.VerifyChecksum(index, sum) != nil {
		return errTableIndex
	}
	t.index, t.blocks = fb.GetRootAsTableIndex(index, 0), end-n
	if t.index.OffsetsLength() == 0 {
		return errTableIndex
	}
	return nil
}

// checkBlocks verifies the last block, or all.
func (t *tableFile) checkBlocks(full bool) error {
	count := t.index.OffsetsLength()
	first := count - 1
	if full {
		first = 0
	}
	var buf []byte
	var offset fb.BlockOffset
	for i := first; i < count; i++ {
		if !t.index.Offsets(&offset, i) {
			return errTableIndex
		}
		at, n := int64(offset.Offset()), int64(offset.Len())
		if at+n > t.blocks || n == 0 {
			return errTableIndex
		}
		if int64(cap(buf)) < n {
			buf = make([]byte, n)
		}
		buf = buf[:n]
		if _, err := t.f.ReadAt(buf, at); err != nil {
			return err
		}
		rest, sum, err := cutChecksum(buf)
		if err != nil || y.VerifyChecksum(rest, sum) != nil {
			return errTableBlock
		}
	}
	return nil
}

// cutChecksum takes the checksum off the end of b.
func cutChecksum(b []byte) (rest []byte, sum *pb.Checksum, err error) {
	if len(b) < 4 {
		return nil, nil, errTableEnd
	}
	n := binary.BigEndian.Uint32(b[len(b)-4:])
	b = b[:len(b)-4]
	if n > maxChecksum || int(n) > len(b) {
		return nil, nil, errTableEnd
	}
	sum = &pb.Checksum{}
	if proto.Unmarshal(b[len(b)-int(n):], sum) != nil {
		return nil, nil, errTableEnd
	}
	if sum.Algo != pb.Checksum_CRC32C && sum.Algo != pb.Checksum_XXHash64 {
		return nil, nil, errTableEnd
	}
	return b[:len(b)-int(n)], sum, nil
}
