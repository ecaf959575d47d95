package badgerfiles

import (
	"bytes"
	"hash/crc32"
)

// What the tests in badgerfiles_test need of this package: they have Badger write
// the files, which is above it.

const (
	FlagPointer = flagPointer
	FlagTx      = flagTx
	FlagEnd     = flagEnd
	EndKey      = endKey
	FooterSize  = footerSize
)

var (
	Castagnoli    = crc32.MakeTable(crc32.Castagnoli)
	ParseManifest = parseManifest
)

// MemLog is what a .mem holds.
type MemLog struct {
	End, Later int
	Last       uint64
	Dirty      bool
}

// ParseMemLog reads a .mem.
func ParseMemLog(b []byte) MemLog {
	m := parseMemLog(b)
	return MemLog{m.end, m.later, m.last, m.dirty}
}

// TablesOf are tables with these contents, the newest first.
func TablesOf(contents ...[]byte) (*Tables, error) {
	t := &Tables{}
	for _, b := range contents {
		table := &table{file: memoryFile{bytes.NewReader(b)}}
		if !table.readEnds(int64(len(b)), new([]byte)) {
			return nil, ErrHandOver
		}
		t.tables = append(t.tables, opened(table))
	}
	return t, nil
}

// opened is a part whose table is open.
func opened(t *table) *part {
	p := &part{}
	p.open.Store(t)
	return p
}

// A Range is what a hint says of a table.
type Range struct {
	Size        int64
	First, Last string
}

// ParseRanges reads a hint; nil where it is none.
func ParseRanges(b []byte) map[uint64]Range {
	ranges := parseRanges(b)
	if ranges == nil {
		return nil
	}
	list := make(map[uint64]Range, len(ranges))
	for id, r := range ranges {
		list[id] = Range{r.size, string(r.first), string(r.last)}
	}
	return list
}

// EncodeRanges is a hint that says so, be it true or not.
func EncodeRanges(list map[uint64]Range) []byte {
	ranges := make(map[uint64]keyRange)
	for id, r := range list {
		ranges[id] = keyRange{r.Size, []byte(r.First), []byte(r.Last)}
	}
	return encodeRanges(ranges)
}

const (
	RangesMagic = rangesMagic
	RangeKey    = rangeKey
	MaxRanges   = maxRanges
	MostTables  = mostTables
)

// Open is how many tables are open.
func (t *Tables) Open() (open int) {
	for _, p := range t.tables {
		if p.open.Load() != nil {
			open++
		}
	}
	return open
}

type memoryFile struct{ *bytes.Reader }

func (memoryFile) Close() error { return nil }

// Counted is a table with that content, and how many bytes of it were read.
func Counted(content []byte) (*Tables, *int64, error) {
	f := &countedFile{memoryFile{bytes.NewReader(content)}, 0}
	t := &table{file: f}
	if !t.readEnds(int64(len(content)), new([]byte)) {
		return nil, nil, ErrHandOver
	}
	return &Tables{tables: []*part{opened(t)}}, &f.read, nil
}

type countedFile struct {
	memoryFile
	read int64
}

func (f *countedFile) ReadAt(b []byte, at int64) (int, error) {
	n, err := f.memoryFile.ReadAt(b, at)
	f.read += int64(n)
	return n, err
}

// A BlockAt is what an index says of a block.
type BlockAt struct {
	Key        string
	At, Length int64
}

// ByHand reads an index as Tables do, ByLibrary as TableChecker does. The error says
// that it is none.
func ByHand(index []byte) (list []BlockAt, filter []byte, err error) {
	l, ok := parseBlockList(&flat{file: bytes.NewReader(index), size: int64(len(index))})
	if !ok {
		return nil, nil, ErrHandOver
	}
	for i := range l.count {
		r, ok := l.block(i)
		if !ok {
			return nil, nil, ErrHandOver
		}
		list = append(list, BlockAt{string(r.key), r.at, r.length})
	}
	filter, _ = l.b.cut(l.filter.at, l.filter.size)
	return list, filter, nil
}

func ByLibrary(index []byte) (list []BlockAt, filter []byte, err error) {
	err = Guard("index", func() error {
		x := tableIndex{rootTable(index)}
		for i := range x.blocks() {
			b, _ := x.block(i)
			list = append(list, BlockAt{string(b.key()), int64(b.offset()), int64(b.length())})
		}
		filter = x.bytes(indexFilter)
		return nil
	})
	return list, filter, err
}

// CutIndex is the index of a table.
func CutIndex(content []byte) []byte {
	t := &table{file: memoryFile{bytes.NewReader(content)}}
	if !t.readEnds(int64(len(content)), new([]byte)) {
		return nil
	}
	return content[t.list.b.start : t.list.b.start+t.list.b.size]
}

// CutBlocks are the blocks of a table, without their checksums.
func CutBlocks(content []byte) (blocks [][]byte) {
	t := &table{file: memoryFile{bytes.NewReader(content)}}
	if !t.readEnds(int64(len(content)), new([]byte)) {
		return nil
	}
	for i := range t.list.count {
		r, _ := t.list.block(i)
		rest, _, err := cutChecksum(content[r.at : r.at+r.length])
		if err != nil {
			return nil
		}
		blocks = append(blocks, rest)
	}
	return blocks
}

// LookThrough seeks a key, with eight bytes of version, in a block of any content, and
// looks at each entry. It returns how many keys there are below and not below it.
func LookThrough(block, seek []byte) (below, rest int, ok bool) {
	e, _, ok := cutEntries(block)
	if !ok {
		return 0, 0, false
	}
	b, ok := parseBlock(block, e.first)
	if !ok {
		return 0, 0, false
	}
	below, _, err := b.seek(seek, nil)
	for i := range b.count {
		if _, _, value, ok := b.entry(i); ok {
			_, _, _ = cutMeta(value)
		}
	}
	return below, b.count - below, err == nil
}

var FilterHash = filterHash
