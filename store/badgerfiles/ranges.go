package badgerfiles

import (
	"bytes"
	"encoding/binary"
	"maps"
	"path/filepath"
	"slices"
)

// RANGES is a hint of ours beside Badger's files: which keys lie in which table. With
// it a reader that wants few keys opens few tables. All numbers are big-endian:
//
//	"tacit-ranges 1\n" | range … | u32 CRC-32C of what comes before
//	range: u32 number of the table | u32 its size | u8 length, first key | u8 length, last key
//
// Keys are without versions, and cut off behind rangeKey bytes. It comes with
// tables that are merged, without a sync, and may be missing, old or somebody's: the
// MANIFEST says which tables there are, and Tables believe nothing that it says.

const (
	RangesName  = "RANGES"
	rangesMagic = "tacit-ranges 1\n"
	// rangeKey is how much of a key counts: all of it in a vault, whose keys have at
	// most 124 bytes.
	rangeKey  = 128
	maxRanges = len(rangesMagic) + mostTables*(4+4+1+rangeKey+1+rangeKey) + 4
)

// keyRange says between which keys lies what is in a table of that size.
type keyRange struct {
	size        int64
	first, last []byte
}

// spans tells whether a key, without a version, can be in the table.
func (r *keyRange) spans(key []byte) bool {
	key = cutKey(key)
	return bytes.Compare(r.first, key) <= 0 && bytes.Compare(key, r.last) <= 0
}

// cutKey is how much of a key counts. Keys that are cut keep their order, but that
// some become equal.
func cutKey(key []byte) []byte { return key[:min(len(key), rangeKey)] }

// parseRanges reads a hint. It is nil where it is of another form.
func parseRanges(b []byte) map[uint64]keyRange {
	n := len(b) - 4
	if n < len(rangesMagic) || len(b) > maxRanges || !bytes.HasPrefix(b, []byte(rangesMagic)) || checksum(b[:n]) != binary.BigEndian.Uint32(b[n:]) {
		return nil
	}
	ranges := make(map[uint64]keyRange)
	last := int64(-1)
	for b = b[len(rangesMagic):n]; len(b) > 0; {
		if len(b) < 8 {
			return nil
		}
		id, r := int64(binary.BigEndian.Uint32(b)), keyRange{size: int64(binary.BigEndian.Uint32(b[4:]))}
		var firstOK, lastOK bool
		r.first, b, firstOK = cutRangeKey(b[8:])
		r.last, b, lastOK = cutRangeKey(b)
		if !firstOK || !lastOK || id <= last || bytes.Compare(r.first, r.last) > 0 || len(ranges) == mostTables {
			return nil
		}
		ranges[uint64(id)], last = r, id
	}
	return ranges
}

// cutRangeKey takes a key off the beginning of b.
func cutRangeKey(b []byte) (key, rest []byte, ok bool) {
	if len(b) == 0 || b[0] == 0 || b[0] > rangeKey || len(b) <= int(b[0]) {
		return nil, b, false
	}
	n := 1 + int(b[0])
	return b[1:n], b[n:], true
}

// encodeRanges is a hint that says so.
func encodeRanges(ranges map[uint64]keyRange) []byte {
	b := []byte(rangesMagic)
	for _, id := range slices.Sorted(maps.Keys(ranges)) {
		r := ranges[id]
		b = binary.BigEndian.AppendUint32(b, uint32(id))
		b = binary.BigEndian.AppendUint32(b, uint32(r.size))
		for _, key := range [][]byte{r.first, r.last} {
			b = append(append(b, byte(len(key))), key...)
		}
	}
	return binary.BigEndian.AppendUint32(b, checksum(b))
}

// EncodeRanges is the hint about the tables that the MANIFEST names, as they are on the
// disk; nil where it would help nobody. A table of the first level is not in it, nor one
// that is alone on its level: either has keys from all over, and is opened by everybody.
func (s *Set) EncodeRanges() []byte {
	onLevel := make(map[int]int)
	for _, level := range s.Manifest.Tables {
		onLevel[level]++
	}
	ranges := make(map[uint64]keyRange)
	var scratch []byte
	for id, level := range s.Manifest.Tables {
		if level == 0 || onLevel[level] < 2 {
			continue
		}
		t, err := openTable(filepath.Join(s.Dir, TableName(id)), &scratch)
		if err != nil {
			continue // who opens it says so
		}
		t.file.Close()
		first, _ := cutVersion(t.smallest)
		last, _ := cutVersion(t.largest)
		ranges[id] = keyRange{s.TableSizes[id], cutKey(first), cutKey(last)}
	}
	if len(ranges) == 0 || len(ranges) > mostTables {
		return nil
	}
	return encodeRanges(ranges)
}

// readRanges is the hint; nil where there is none that can be used.
func (s *Set) readRanges() map[uint64]keyRange {
	if !s.ranges {
		return nil
	}
	b, err := readLimited(filepath.Join(s.Dir, RangesName), maxRanges+1)
	if err != nil {
		return nil
	}
	return parseRanges(b)
}
