package badgerfiles

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"math"
	"slices"
	"sort"
	"sync"
	"sync/atomic"

	"github.com/tacit-vault/tacit/store/storedir"
)

// ErrHandOver says that the files hold something that Badger has to read itself:
// what is damaged, what this program does not write, or a value in the value log.
var ErrHandOver = errors.New("the database has to read it itself")

// table is an open table, from which keys are answered without Badger. When it is
// opened, its first and its last block are read. They tell which keys lie in it, and
// most tables are asked for none of them. The index is read whole, and verified,
// before a key is sought in it.
type table struct {
	file              tableFile
	list              blockList
	blocks            int64  // bytes before the index
	sum               uint64 // of the index
	smallest, largest []byte // the first key and the last, with their versions

	verify sync.Once
	sound  bool // the index has that checksum; known after verify

	ends   []*tableBlock // the first block and the last, of a small table
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
	at, end       int64 // where it lies in the file
	blockEntries
}

// openTable opens a table. Any error but one of opening the file is ErrHandOver. Blocks
// that are not kept are read into scratch.
func openTable(path string, scratch *[]byte) (*table, error) {
	f, info, err := storedir.OpenRegular(path)
	if err != nil {
		return nil, err
	}
	t := &table{file: f}
	if !t.readEnds(info.Size(), scratch) {
		f.Close()
		return nil, ErrHandOver
	}
	return t, nil
}

// readEnds reads the lengths and the checksum at the end of the file, and which keys
// are the first and the last.
func (t *table) readEnds(size int64, scratch *[]byte) bool {
	if size > maxTable {
		return false
	}
	tail := make([]byte, min(size, footerSize))
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
	var ok bool
	t.blocks, t.sum = end-n, sum
	t.list, ok = parseBlockList(&flat{file: t.file, start: t.blocks, size: n})
	return ok && t.readSpan(scratch)
}

// readSpan reads the first block and the last: nothing lies before, between the last
// one and the index, or behind it.
func (t *table) readSpan(scratch *[]byte) bool {
	b, ok := t.readEnd(0, scratch)
	if !ok || b.at != 0 {
		return false
	}
	t.smallest = bytes.Clone(b.first)
	if last := t.list.count - 1; last > 0 {
		if b, ok = t.readEnd(last, scratch); !ok {
			return false
		}
	}
	shared, rest, _, ok := b.entry(b.count - 1)
	if !ok || b.end != t.blocks {
		return false
	}
	t.largest = slices.Concat(b.first[:shared], rest)
	return true
}

// readEnd reads the first block or the last. A small table keeps it: in a small vault
// it is asked for soon.
func (t *table) readEnd(i int, scratch *[]byte) (*tableBlock, bool) {
	small := t.list.b.size <= onePiece
	if small {
		scratch = new([]byte)
	}
	b, ok := t.readBlock(i, scratch)
	if ok && small && b.end-b.at <= keptBlock {
		t.ends = append(t.ends, b)
	}
	return b, ok
}

// spans tells whether a key, without a version, is not before the first one or behind
// the last.
func (t *table) spans(key []byte) bool {
	smallest, _ := cutVersion(t.smallest)
	largest, _ := cutVersion(t.largest)
	return bytes.Compare(smallest, key) <= 0 && bytes.Compare(key, largest) <= 0
}

// use verifies the index, once. The error is ErrHandOver.
func (t *table) use() error {
	t.verify.Do(func() { t.sound = t.list.b.readAll(t.sum) })
	if !t.sound {
		return ErrHandOver
	}
	return nil
}

// mayHave tells whether a key with that hash can be in the table.
func (t *table) mayHave(hash uint32) (bool, error) {
	if err := t.use(); err != nil {
		return false, err
	}
	may, ok := t.list.filter.mayHave(hash)
	if !ok {
		return false, ErrHandOver
	}
	return may, nil
}

// block reads and verifies a block. The one that was read last is kept: keys that
// are asked for one after the other often lie together.
func (t *table) block(i int) (*tableBlock, error) {
	if b := t.recent.Load(); b != nil && b.number == i {
		return b, nil
	}
	if err := t.use(); err != nil {
		return nil, err
	}
	for _, b := range t.ends {
		if b.number == i {
			return b, nil
		}
	}
	b, ok := t.readBlock(i, new([]byte))
	if !ok {
		return nil, ErrHandOver
	}
	if b.end-b.at <= keptBlock {
		t.recent.Store(b)
	}
	return b, nil
}

// readBlock reads a block where the index says that it lies, into memory that is
// replaced where it is too small.
func (t *table) readBlock(i int, memory *[]byte) (*tableBlock, bool) {
	ref, ok := t.list.block(i)
	if !ok || ref.length == 0 || ref.length > maxBlock || ref.at+ref.length > t.blocks {
		return nil, false
	}
	if int64(cap(*memory)) < ref.length {
		*memory = make([]byte, ref.length)
	}
	data := (*memory)[:ref.length]
	if _, err := t.file.ReadAt(data, ref.at); err != nil {
		return nil, false
	}
	rest, sum, err := cutChecksum(data)
	if err != nil || !fits(rest, sum) {
		return nil, false
	}
	b, ok := parseBlock(rest, ref.key)
	if ok {
		b.number, b.at, b.end = i, ref.at, ref.at+ref.length
	}
	return b, ok
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
	if err := t.use(); err != nil {
		return 0, err
	}
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

// seekKey is where the versions of a key begin, of which the highest comes first.
func seekKey(key []byte) []byte {
	b := make([]byte, 0, len(key)+versionSize)
	return binary.BigEndian.AppendUint64(append(b, key...), math.MaxUint64-maxVersion)
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
// there is not read before it is asked for a value or the next entry; one that ends
// before is not read at all.
func (c *cursor) seek(seek []byte) error {
	c.block, c.key, c.value = nil, c.key[:0], nil
	switch {
	case compareKeys(c.table.smallest, seek) >= 0:
		c.number, c.next = 0, 1
		c.key = append(c.key, c.table.smallest...)
		return nil
	case compareKeys(c.table.largest, seek) < 0:
		c.key = nil
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
