package store

import (
	"maps"
	"slices"
)

const (
	// manyTables is how many tables on the first level make a writer merge some of
	// them when it closes: often enough that opening stays fast, rarely enough
	// that most sessions do not pay.
	manyTables = 8
	// crowd is how many make a writer merge them while it is at work.
	crowd = 2 * manyTables
)

// A run is what lies sorted: one table of the first level, or all of another.
type run struct {
	level  int
	tables []uint64
	size   int64
}

// runs returns the runs, from the newest to the oldest. On the first level a
// table is newer than those with smaller numbers, and each level is newer than
// the next.
func (s *fileSet) runs() []run {
	levels := make([]run, badgerLevels)
	var runs []run
	for _, id := range slices.Sorted(maps.Keys(s.manifest.tables)) {
		level, size := s.manifest.tables[id], s.sizes[id]
		if level == 0 {
			runs = append(runs, run{tables: []uint64{id}, size: size})
			continue
		}
		l := &levels[level]
		l.level, l.size, l.tables = level, l.size+size, append(l.tables, id)
	}
	slices.Reverse(runs)
	for _, l := range levels {
		if len(l.tables) > 0 {
			runs = append(runs, l)
		}
	}
	return runs
}

// A merger is the plan to make one run of several.
type merger struct {
	tables []uint64 // what is merged
	size   int64    // of all of them
	level  int      // where the result goes
	whole  bool     // there are no others, so that what is deleted can be left out
}

// planMerge picks the newest runs to be merged: as many as possible of which the
// oldest is no larger than the others together. So an entry is rewritten a
// number of times that grows with the logarithm of the size of the store, and
// runs that are left alone double in size from one to the next. ok is false
// where nothing is to be done.
//
// The order of age is kept, because Badger takes it for granted.
func planMerge(runs []run) (m merger, ok bool) {
	first := 0 // how many lie on the first level
	for first < len(runs) && runs[first].level == 0 {
		first++
	}
	take, sum := 0, int64(0)
	for i, r := range runs {
		if first >= manyTables && i >= manyTables-1 && r.size <= sum {
			take = i + 1
		}
		sum += r.size
	}
	if take == 0 {
		return m, false
	}
	size := func() (n int64) {
		for _, r := range runs[:take] {
			n += r.size
		}
		return n
	}
	// The first level takes a result of one table. A larger one needs a level for
	// itself, below all tables of the first, above what it is newer than.
	if size() > tableSize {
		take = max(take, first)
		for take < len(runs) && runs[take].level == 1 {
			take++
		}
		if take < len(runs) {
			m.level = runs[take].level - 1
		}
	}
	if take == len(runs) {
		m.level, m.whole = badgerLevels-1, true
	}
	for _, r := range runs[:take] {
		m.tables = append(m.tables, r.tables...)
	}
	m.size = size()
	return m, true
}
