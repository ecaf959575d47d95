package badgerfiles

import (
	"maps"
	"slices"
)

const (
	// ManyTables is how many tables on the first level make a writer merge some of
	// them when it closes: often enough that opening stays fast, rarely enough
	// that most sessions do not pay.
	ManyTables = 8
	// ManyMoreTables is how many make a writer merge them while it is at work.
	ManyMoreTables = 2 * ManyTables
)

// A Run is what lies sorted: one table of the first level, or all of another.
type Run struct {
	level  int
	tables []uint64
	size   int64
}

// Runs returns the runs, from the newest to the oldest. On the first level a
// table is newer than those with smaller numbers, and each level is newer than
// the next.
func (s *Set) Runs() []Run {
	levels := make([]Run, BadgerLevels)
	var runs []Run
	for _, id := range slices.Sorted(maps.Keys(s.Manifest.Tables)) {
		level, size := s.Manifest.Tables[id], s.TableSizes[id]
		if level == 0 {
			runs = append(runs, Run{tables: []uint64{id}, size: size})
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

// A MergePlan is the plan to make one run of several.
type MergePlan struct {
	Tables []uint64 // what is merged
	Size   int64    // of all of them
	Level  int      // where the result goes
	Whole  bool     // there are no others, so that what is deleted can be left out
}

// PlanMergeAll merges everything, if there is anything to merge, after a session that
// has written that many bytes. It is for sessions that wrote much: at least an eighth of
// what there is now, and more than a table. Entries that have newer versions would
// otherwise stay for as long as what is newer is small beside what is older.
func PlanMergeAll(runs []Run, written int64) (m MergePlan, ok bool) {
	for _, r := range runs {
		m.Tables = append(m.Tables, r.tables...)
		m.Size += r.size
	}
	m.Level, m.Whole = BadgerLevels-1, true
	return m, len(runs) > 1 && written > TableSize && written >= m.Size/8
}

// PlanMerge picks the newest runs to be merged: as many as possible of which the
// oldest is no larger than the others together. So an entry is rewritten a
// number of times that grows with the logarithm of the size of the store, and
// runs that are left alone double in size from one to the next. ok is false
// where nothing is to be done.
//
// The order of age is kept, because Badger takes it for granted.
func PlanMerge(runs []Run) (m MergePlan, ok bool) {
	first := 0 // how many lie on the first level
	for first < len(runs) && runs[first].level == 0 {
		first++
	}
	take, sum := 0, int64(0)
	for i, r := range runs {
		if first >= ManyTables && i >= ManyTables-1 && r.size <= sum {
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
	if size() > TableSize {
		take = max(take, first)
		for take < len(runs) && runs[take].level == 1 {
			take++
		}
		if take < len(runs) {
			m.Level = runs[take].level - 1
		}
	}
	if take == len(runs) {
		m.Level, m.Whole = BadgerLevels-1, true
	}
	for _, r := range runs[:take] {
		m.Tables = append(m.Tables, r.tables...)
	}
	m.Size = size()
	return m, true
}
