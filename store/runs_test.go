package store

import (
	"math/rand/v2"
	"testing"
)

// levelsOf makes a fileSet of tables, each a level and a size; the numbers ascend.
func levelsOf(tables ...[2]int64) *fileSet {
	s := &fileSet{sizes: map[uint64]int64{}, manifest: manifest{tables: map[uint64]int{}}}
	for i, t := range tables {
		id := uint64(i + 1)
		s.tables, s.sizes[id], s.manifest.tables[id] = append(s.tables, id), t[1], int(t[0])
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
		files *fileSet
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
			plan, ok := planMerge(test.files.runs())
			if !ok {
				if test.take != 0 {
					t.Fatal("nothing is merged")
				}
				return
			}
			if len(plan.tables) != test.take || plan.level != test.level || plan.whole != test.whole {
				t.Errorf("%d tables to level %d, whole %v; want %d to %d, %v",
					len(plan.tables), plan.level, plan.whole, test.take, test.level, test.whole)
			}
		})
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
			s.tables, s.sizes[next], s.manifest.tables[next], age[next] = append(s.tables, next), size, level, session
			next++
		}
		for session := range 5000 {
			size := 1 + random.Int64N(most)
			written += size
			add(0, size, session)
			plan, ok := planMerge(s.runs())
			if ok {
				rewritten += plan.size
				for _, id := range plan.tables {
					delete(s.manifest.tables, id)
				}
				left := plan.size
				for ; plan.level > 0 && left > tableSize; left -= tableSize {
					add(plan.level, tableSize, session)
				}
				add(plan.level, left, session)
			}
			runs := s.runs()
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
		t.Logf("%d MiB in %d runs, rewritten %.1f times", written>>20, len(s.runs()), float64(rewritten)/float64(written))
	}
}
