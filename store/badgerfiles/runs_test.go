package badgerfiles

import (
	"math/rand/v2"
	"testing"
)

// levelsOf makes a fileSet of tables, each a level and a size; the numbers ascend.
func levelsOf(tables ...[2]int64) *Set {
	s := &Set{TableSizes: map[uint64]int64{}, Manifest: Manifest{Tables: map[uint64]int{}}}
	for i, t := range tables {
		id := uint64(i + 1)
		s.Tables, s.TableSizes[id], s.Manifest.Tables[id] = append(s.Tables, id), t[1], int(t[0])
	}
	return s
}

func TestPlanMerge(t *testing.T) {
	t.Parallel()
	const k, m = int64(1 << 10), int64(1 << 20)
	l0 := func(n int, size int64) (tables [][2]int64) {
		for range n {
			tables = append(tables, [2]int64{0, size})
		}
		return tables
	}
	for _, test := range []struct {
		name  string
		files *Set
		take  int // tables; 0 for nothing to do
		level int
		whole bool
	}{
		{"few", levelsOf(append(l0(7, k), [2]int64{6, 9 * m})...), 0, 0, false},
		{"all there is", levelsOf(l0(8, k)...), 8, 6, true},
		{"above a large one", levelsOf(append([][2]int64{{6, 9 * m}}, l0(8, k)...)...), 8, 0, false},
		{"with a small one", levelsOf(append([][2]int64{{6, 8 * k}}, l0(8, k)...)...), 9, 6, true},
		{"one older and larger", levelsOf(append([][2]int64{{6, 9 * m}, {0, 20 * k}}, l0(8, k)...)...), 8, 0, false},
		{"too large for one table", levelsOf(append([][2]int64{{6, 200 * m}, {0, 70 * m}}, l0(8, 2*m)...)...), 9, 5, false},
		{"no level is free", levelsOf(append([][2]int64{{6, 900 * m}, {1, 200 * m}}, l0(8, 2*m)...)...), 9, 5, false},
		{"to the end", levelsOf(append([][2]int64{{1, 900 * m}}, l0(8, 2*m)...)...), 9, 6, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			plan, ok := PlanMerge(test.files.Runs())
			if !ok {
				if test.take != 0 {
					t.Fatal("nothing is merged")
				}
				return
			}
			if len(plan.Tables) != test.take || plan.Level != test.level || plan.Whole != test.whole {
				t.Errorf("%d tables to level %d, whole %v; want %d to %d, %v",
					len(plan.Tables), plan.Level, plan.Whole, test.take, test.level, test.whole)
			}
		})
	}
}

// A session that wrote much leaves one run. Any other leaves that to PlanMerge.
func TestPlanMergeAll(t *testing.T) {
	t.Parallel()
	const m = int64(1 << 20)
	two := levelsOf([2]int64{6, 500 * m}, [2]int64{6, 60 * m}, [2]int64{5, 80 * m}).Runs()
	for _, test := range []struct {
		name    string
		runs    []Run
		written int64
		want    int // tables
	}{
		{"an eighth", two, 80 * m, 3},
		{"less", two, 79 * m, 0},
		{"much of little", levelsOf([2]int64{6, m}, [2]int64{0, 7 * m}).Runs(), 8 * m, 0},
		{"one run", levelsOf([2]int64{6, 16 * m}, [2]int64{6, 16 * m}).Runs(), 32 * m, 0},
	} {
		plan, ok := PlanMergeAll(test.runs, test.written)
		if ok != (test.want > 0) {
			t.Errorf("%s: merged: %v", test.name, ok)
		}
		if ok && (len(plan.Tables) != test.want || plan.Level != BadgerLevels-1 || !plan.Whole || plan.Size != 640*m) {
			t.Errorf("%s: %+v", test.name, plan)
		}
	}
}

// However sessions write, there are few runs, an entry is rewritten a few times,
// and what is deeper is older.
func TestMergesStayCheap(t *testing.T) {
	t.Parallel()
	for _, most := range []int64{20 << 10, 1 << 20, 8 << 20} {
		seed := rand.Uint64()
		t.Logf("up to %d bytes a session, seed %d", most, seed)
		random := rand.New(rand.NewPCG(seed, 0))
		s := levelsOf()
		age := map[uint64]int{} // of the newest session in a table
		var written, rewritten int64
		next := uint64(1)
		add := func(level int, size int64, session int) {
			s.Tables, s.TableSizes[next], s.Manifest.Tables[next], age[next] = append(s.Tables, next), size, level, session
			next++
		}
		for session := range 5000 {
			size := 1 + random.Int64N(most)
			written += size
			add(0, size, session)
			plan, ok := PlanMerge(s.Runs())
			if ok {
				rewritten += plan.Size
				for _, id := range plan.Tables {
					delete(s.Manifest.Tables, id)
				}
				left := plan.Size
				for ; plan.Level > 0 && left > TableSize; left -= TableSize {
					add(plan.Level, TableSize, session)
				}
				add(plan.Level, left, session)
			}
			runs := s.Runs()
			if len(runs) > 28 {
				t.Fatalf("session %d: %d runs", session, len(runs))
			}
			last := session
			for _, r := range runs {
				for _, id := range r.tables {
					if age[id] > last || r.level == 0 && len(r.tables) > 1 {
						t.Fatalf("session %d: %v is out of order", session, runs)
					}
				}
				last = age[r.tables[0]]
			}
		}
		if rewritten > 12*written {
			t.Errorf("%d bytes are written %.1f times more", written, float64(rewritten)/float64(written))
		}
		t.Logf("%d MiB in %d runs, rewritten %.1f times", written>>20, len(s.Runs()), float64(rewritten)/float64(written))
	}
}
