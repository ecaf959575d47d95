package store

import badger "github.com/dgraph-io/badger/v4"

const (
	// smallTable is below what a table has that was filled; each session that
	// writes leaves one at least as small as what it wrote.
	smallTable = 1 << 20
	// manyTables is how many small tables make a session merge them when it
	// closes: often enough that opening stays fast, rarely enough that most
	// sessions do not pay.
	manyTables = 8
	// middleBytes is how much may lie on the levels between the first and the
	// last before a session moves it down.
	middleBytes = 4 << 20
)

// planCompaction decides what this session does about the tables. Where the
// disk has no room for a second copy of them, nothing: Badger loses the
// entries of a compaction that cannot write its result.
func (b *Badger) planCompaction(s *fileSet, o badger.Options) badger.Options {
	b.tableBytes = s.tableBytes()
	b.compact = !b.tight && needSpace(b.dir, reserve+b.tableBytes) == nil
	if !b.compact {
		return withoutCompaction(o)
	}
	small := 0
	for _, size := range s.sizes {
		if size < smallTable {
			small++
		}
	}
	b.scattered = small >= 4*manyTables
	return o.WithCompactL0OnClose(small >= manyTables)
}

// withoutCompaction keeps Badger from rewriting or deleting any table.
func withoutCompaction(o badger.Options) badger.Options {
	return o.WithNumCompactors(0).WithNumLevelZeroTables(1 << 20).WithNumLevelZeroTablesStall(1 << 21)
}

// flatten moves what lies on the middle levels to the last, if it is much, and
// merges all tables if merging the overlapping ones has left too many.
func (b *Badger) flatten(db *database) error {
	if !b.compact {
		return nil
	}
	var middle int64
	for _, l := range db.Levels() {
		if l.Level > 0 && l.Level < badgerLevels-1 {
			middle += l.Size
		}
	}
	if middle <= middleBytes && !b.scattered {
		return nil
	}
	return guard("flatten", func() error { return db.Flatten(1) })
}
