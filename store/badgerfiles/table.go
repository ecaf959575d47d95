package badgerfiles

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"math"
	"sort"
	"sync/atomic"

	"github.com/tacit-vault/tacit/store/storedir"
)

// ErrHandOver says that the files hold something that Badger has to read itself:
// what is damaged, what this program does not write, or a value in the value log.
var ErrHandOver = errors.New("the database has to read it itself")

// table is an open table, from which keys are answered without Badger.
type table struct {
	file   tableFile
	list   blockList
	blocks int64 // bytes before the index
	recent atomic.Pointer[tableBlock]
}

// keptBlock is the size of the largest block that is kept when it was read: there may
// be as many as tables. Badger ends a block at 4 KiB, or behind the entry that passes it.
const keptBlock = 64 << 10

// tableFile is what a table is read from.
type tableFile interface {
	io.ReaderAt
	io.Closer
}

// tableBlock is a block that was read. It does not change.
type tableBlock struct {
	number, count int
	blockEntries
}

// openTable opens a table and verifies its index. Any error but one of opening
// the file is ErrHandOver.
func openTable(path string, tail []byte) (*table, error) {
	f, info, err := storedir.OpenRegular(path)
	if err != nil {
		return nil, err
	}
	t := &table{file: f}
	if !t.readIndex(info.Size(), tail) {
		f.Close()
		return nil, ErrHandOver
	}
	return t, nil
}

// readIndex reads the lengths and the checksum at the end of the file, into tail,
// and the index before them.
func (t *table) readIndex(size int64, tail []byte) bool {
	if size > maxTable {
		return false
	}
	tail = tail[:min(size, int64(len(tail)))]
	if _, err := t.file.ReadAt(tail, size-int64(len(tail))); err != nil {
		return false
	}
	rest, sum, err := cutChecksum(tail)
	if err != nil || len(rest) < 4 {
		return false
	}
	end := size - int64(len(tail)-len(rest)) - 4
	n := int64(binary.BigEndian.Uint32(rest[len(rest)-4:]))
	if n == 0 || n > min(end, maxIndex) {
		return false
	}
	index := make([]byte, n)
	if rest = rest[:len(rest)-4]; n <= int64(len(rest)) {
		copy(index, rest[int64(len(rest))-n:])
	} else if _, err := t.file.ReadAt(index, end-n); err != nil {
		return false
	}
	if !fits(index, sum) {
		return false
	}
	var ok bool
	t.list, ok = parseBlockList(index)
	t.blocks = end - n
	return ok
}

// block reads and verifies a block. The one that was read last is kept: keys that
// are asked for one after the other often lie together.
func (t *table) block(i int) (*tableBlock, error) {
	if b := t.recent.Load(); b != nil && b.number == i {
		return b, nil
	}
	ref, ok := t.list.block(i)
	if !ok || ref.length == 0 || ref.length > maxBlock || ref.at+ref.length > t.blocks {
		return nil, ErrHandOver
	}
	data := make([]byte, ref.length)
	if _, err := t.file.ReadAt(data, ref.at); err != nil {
		return nil, ErrHandOver
	}
	rest, sum, err := cutChecksum(data)
	if err != nil || !fits(rest, sum) {
		return nil, ErrHandOver
	}
	b, ok := parseBlock(rest, ref.key)
	if !ok {
		return nil, ErrHandOver
	}
	if b.number = i; ref.length <= keptBlock {
		t.recent.Store(b)
	}
	return b, nil
}

// parseBlock looks through what comes before the entries of a block that begins
// with the key first. The entries are looked at one by one, when they are asked for.
func parseBlock(rest, first []byte) (*tableBlock, bool) {
	e, count, ok := cutEntries(rest)
	if !ok || !bytes.Equal(e.first, first) || e.offset(0) != 0 {
		return nil, false
	}
	shared, _, _, ok := e.entry(0)
	return &tableBlock{count: count, blockEntries: e}, ok && shared == 0
}

// seek is the first entry whose key is not below seek, or how many there are. The key
// is looked at in scratch, which is returned.
func (b *tableBlock) seek(seek, scratch []byte) (i int, key []byte, err error) {
	sound := true
	i = sort.Search(b.count, func(i int) bool {
		shared, rest, _, ok := b.entry(i)
		sound = sound && ok
		scratch = append(append(scratch[:0], b.first[:shared]...), rest...)
		return !ok || compareKeys(scratch, seek) >= 0
	})
	if !sound {
		return 0, scratch, ErrHandOver
	}
	return i, scratch, nil
}

// lastBefore is the last block that begins with a key not above seek, or the first.
func (t *table) lastBefore(seek []byte) (int, error) {
	sound := true
	above := sort.Search(t.list.count, func(i int) bool {
		ref, ok := t.list.block(i)
		sound = sound && ok
		return !ok || compareKeys(ref.key, seek) > 0
	})
	if !sound {
		return 0, ErrHandOver
	}
	return max(above-1, 0), nil
}

// compareKeys compares two keys with their versions, of which the higher comes first.
func compareKeys(a, b []byte) int {
	n, m := len(a)-versionSize, len(b)-versionSize
	if c := bytes.Compare(a[:n], b[:m]); c != 0 {
		return c
	}
	return bytes.Compare(a[n:], b[m:])
}

// seekKey is where the versions of a key begin that are not above newest.
func seekKey(key []byte, newest uint64) []byte {
	b := make([]byte, 0, len(key)+versionSize)
	return binary.BigEndian.AppendUint64(append(b, key...), math.MaxUint64-newest)
}

// cutVersion takes the version off the end of a key.
func cutVersion(key []byte) (bare []byte, version uint64) {
	n := len(key) - versionSize
	return key[:n], math.MaxUint64 - binary.BigEndian.Uint64(key[n:])
}

// A cursor goes through the entries of a table, in ascending order.
type cursor struct {
	table        *table
	rank         int         // among tables
	number, next int         // of the block, and of the entry in it behind the cursor
	block        *tableBlock // nil where the block was not read yet, or there is no more
	key, value   []byte      // of the entry; no key at the end
}

// seek goes to the first entry whose key is not below seek. A table that begins
// there is not read before it is asked for a value or the next entry.
func (c *cursor) seek(seek []byte) error {
	c.block, c.value = nil, nil
	if compareKeys(c.table.list.smallest, seek) >= 0 {
		c.number, c.next = 0, 1
		c.key = append(c.key[:0], c.table.list.smallest...)
		return nil
	}
	var err error
	if c.number, err = c.table.lastBefore(seek); err != nil {
		return err
	}
	if c.block, err = c.table.block(c.number); err != nil {
		return err
	}
	if c.next, c.key, err = c.block.seek(seek, c.key); err != nil {
		return err
	}
	return c.step()
}

// load reads the block of the entry that the cursor is at.
func (c *cursor) load() error {
	if c.block != nil || c.key == nil {
		return nil
	}
	b, err := c.table.block(c.number)
	if err != nil {
		return err
	}
	_, _, value, ok := b.entry(c.next - 1)
	if !ok {
		return ErrHandOver
	}
	c.block, c.value = b, value
	return nil
}

// step goes to the next entry; the key is nil behind the last.
func (c *cursor) step() error {
	if err := c.load(); err != nil {
		return err
	}
	if c.next == c.block.count {
		if c.number+1 == c.table.list.count {
			c.block, c.key, c.value = nil, nil, nil
			return nil
		}
		b, err := c.table.block(c.number + 1)
		if err != nil {
			return err
		}
		c.block, c.number, c.next = b, c.number+1, 0
	}
	shared, rest, value, ok := c.block.entry(c.next)
	if !ok {
		return ErrHandOver
	}
	c.key = append(append(c.key[:0], c.block.first[:shared]...), rest...)
	c.value = value
	c.next++
	return nil
}

// live tells whether the entry is no deletion.
func (c *cursor) live() (bool, error) {
	if err := c.load(); err != nil {
		return false, err
	}
	flags, _, err := cutMeta(c.value)
	return flags&flagDeleted == 0, err
}

// What the first byte of a value says. Other bits belong to what this program does
// not use, as do the second byte and the time at which a value expires.
const (
	flagDeleted   = 1 << 0
	flagNewest    = 1 << 2 // what is older than the entry can be left out
	flagsExpected = flagDeleted | flagPointer | flagNewest | flagTx | flagEnd
)

// cutMeta takes apart what a table has as a value.
func cutMeta(b []byte) (flags byte, value []byte, err error) {
	if len(b) <= valueMeta || b[0]&^flagsExpected != 0 || b[1] != 0 || b[valueMeta] != 0 {
		return 0, nil, ErrHandOver
	}
	return b[0], b[valueMeta+1:], nil
}
