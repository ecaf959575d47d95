package badgerfiles

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/tacit-vault/tacit/store/storedir"
)

// A table of Badger's is a row of blocks and, behind them, an index:
//
//	block … | index | u32 its length | checksum | u32 its length
//
// Each block ends like the file does, with a checksum and its length. Badger
// reads tables in goroutines of its own, where damage to a length or an offset
// panics and nobody can recover. A checksum that fits says no more than that
// somebody computed it. So the index and the block that Badger reads on opening
// are verified here, checksum and content. Every block is verified before a merge
// takes it in, or else it would give what is damaged a checksum that fits; and where
// all files are looked at.

const (
	maxTable    = 1 << 30 // bytes; ours have 8 to 16 MiB
	maxIndex    = 1 << 26 // of its index, which takes less than a twentieth of it
	maxBlock    = 1 << 20 // of a block: 4 KiB, or one entry with a value just under LargeValue
	maxChecksum = 64      // bytes of an encoded checksum; Badger writes 12 at most
)

var (
	errTable         = errors.New("the table")
	errTableEnd      = fmt.Errorf("%w is damaged at its end", errTable)
	errTableIndex    = fmt.Errorf("%w is damaged in its index", errTable)
	errTableBlock    = fmt.Errorf("%w is damaged in a block", errTable)
	errTableEntries  = fmt.Errorf("%w has a block whose entries are not where it says", errTable)
	errTableTooLarge = fmt.Errorf("%w is larger than any", errTable)
)

// TableChecker verifies tables, one after the other.
type TableChecker struct {
	Full   bool   // every block, and not the last alone
	newest uint64 // the highest version in any table so far
	index  []byte // reused
	data   []byte // reused
	order  keyOrder
}

const (
	tailSize   = 4 << 10             // holds the lengths and checksum at the end, and more
	footerSize = 4 + maxChecksum + 4 // the longest lengths and checksum
	readSize   = 256 << 10           // how much of the blocks is read at once
)

// Check verifies a table. An error of the medium comes back as it is.
func (c *TableChecker) Check(path string) error {
	name := filepath.Base(path)
	f, err := storedir.OpenNoFollow(path, os.O_RDONLY)
	if errors.Is(err, fs.ErrNotExist) {
		return storedir.Corrupt("%s is missing", name)
	}
	if err != nil {
		return err
	}
	defer f.Close()
	return Guard(name, func() error {
		index, blocks, err := c.readIndex(f)
		if err == nil {
			c.newest = max(c.newest, index.maxVersion())
			err = c.checkBlocks(f, index, blocks)
		}
		if errors.Is(err, errTable) {
			return storedir.Corrupt("%s: %w", name, err)
		}
		return err
	})
}

// readIndex reads and verifies the index, and returns how many bytes lie
// before it.
func (c *TableChecker) readIndex(f *os.File) (index tableIndex, blocks int64, err error) {
	info, err := f.Stat()
	if err != nil {
		return index, 0, err
	}
	if info.Size() > maxTable {
		return index, 0, errTableTooLarge
	}
	c.data = grow(c.data, min(info.Size(), tailSize))
	tail := c.data
	if _, err := f.ReadAt(tail, info.Size()-int64(len(tail))); err != nil {
		return index, 0, err
	}
	rest, sum, err := cutChecksum(tail)
	if err != nil {
		return index, 0, err
	}
	if len(rest) < 4 {
		return index, 0, errTableEnd
	}
	end := info.Size() - int64(len(tail)-len(rest)) - 4
	n := int64(binary.BigEndian.Uint32(rest[len(rest)-4:]))
	if n == 0 || n > min(end, maxIndex) {
		return index, 0, errTableEnd
	}
	c.index = grow(c.index, n)
	if _, err := f.ReadAt(c.index, end-n); err != nil {
		return index, 0, err
	}
	if !fits(c.index, sum) {
		return index, 0, errTableIndex
	}
	index = tableIndex{rootTable(c.index[:n:n])}
	if count := int64(index.blocks()); count == 0 || count > n/4 {
		return index, 0, errTableIndex
	}
	return index, end - n, index.touch()
}

// checkBlocks verifies the last block, or all of them.
func (c *TableChecker) checkBlocks(f *os.File, index tableIndex, size int64) error {
	count := index.blocks()
	first := count - 1
	if c.Full {
		first = 0
	}
	c.data = c.data[:0]
	var from int64 // where in the file data begins
	c.order = keyOrder{kept: c.order.kept, last: c.order.last, next: c.order.next}
	for i := first; i < count; i++ {
		block, ok := index.block(i)
		if !ok {
			return errTableIndex
		}
		at, n := int64(block.offset()), int64(block.length())
		if n == 0 || n > maxBlock || at+n > size {
			return errTableIndex
		}
		if at < from || at+n > from+int64(len(c.data)) {
			c.data = grow(c.data, min(max(n, readSize), size-at))
			from = at
			if _, err := f.ReadAt(c.data, at); err != nil {
				return err
			}
		}
		rest, sum, err := cutChecksum(c.data[at-from : at-from+n])
		if err != nil || !fits(rest, sum) {
			return errTableBlock
		}
		if err := checkEntries(rest, block, &c.order); err != nil {
			return err
		}
	}
	if c.Full && (c.order.newest != index.maxVersion() || c.order.count != index.keyCount()) {
		return errTableIndex
	}
	return nil
}

// grow returns a slice of that length, b's memory where it is large enough.
func grow(b []byte, n int64) []byte {
	if int64(cap(b)) < n {
		// Indexes are of about one size: a little room serves the next one too.
		return make([]byte, n, n+n/4)
	}
	return b[:n]
}

// cutChecksum takes the checksum off the end of b.
func cutChecksum(b []byte) (rest []byte, sum uint64, err error) {
	if len(b) < 4 {
		return nil, 0, errTableEnd
	}
	n := binary.BigEndian.Uint32(b[len(b)-4:])
	b = b[:len(b)-4]
	if n > maxChecksum || int(n) > len(b) {
		return nil, 0, errTableEnd
	}
	sum, ok := parseChecksum(b[len(b)-int(n):])
	if !ok {
		return nil, 0, errTableEnd
	}
	return b[:len(b)-int(n)], sum, nil
}
