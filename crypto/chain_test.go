package crypto

import (
	"errors"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"
)

// history is a vault's chain of heads, its log, and what went before.
type history struct {
	head Head
	log  map[uint64][]byte
	past map[uint64]Point // every commit there was
	gets int
}

func newHistory() *history {
	h := &history{log: map[uint64][]byte{}, past: map[uint64]Point{}}
	h.head = Head{Vault: vectorVault, Format: Format, Suite: X25519, Seq: 1, NextSlot: 1}
	h.past[1] = h.head.Point()
	return h
}

func (h *history) get(seq uint64) ([]byte, error) {
	h.gets++
	return h.log[seq], nil
}

// commit makes the head of seq. n tells it from other heads of that seq.
func (h *history) commit(t testing.TB, seq, n uint64) {
	t.Helper()
	skip, err := SkipFor(&h.head, seq, h.get)
	if err != nil {
		t.Fatal(err)
	}
	if err := checkAncestors(seq, h.past[h.head.Seq], skip); err != nil {
		t.Fatal(err)
	}
	h.log[h.head.Seq] = h.head.Log()
	h.head.Prev, h.head.Skip = h.past[h.head.Seq], skip
	h.head.Seq, h.head.Records = seq, n
	h.past[seq] = h.head.Point()
}

// fork is a copy that can go another way.
func (h *history) fork() *history {
	return &history{head: h.head, log: maps.Clone(h.log), past: maps.Clone(h.past)}
}

// TestChainAll tries every target against every head of short chains with leaps.
func TestChainAll(t *testing.T) {
	for seed := range uint64(20) {
		rng := rand.New(rand.NewPCG(seed, 2))
		h := newHistory()
		for h.head.Seq < 150 {
			next := h.head.Seq + 1
			if rng.IntN(6) == 0 {
				next += rng.Uint64N(20)
			}
			want := newest(h.past, next&(next-1))
			if want.IsZero() {
				want = h.head.Point()
			}
			if got, err := SkipFor(&h.head, next, h.get); err != nil || got != want {
				t.Fatalf("skip for %d after %d: %d, %v; want %d", next, h.head.Seq, got.Seq, err, want.Seq)
			}
			h.commit(t, next, seed)
			for seq := range h.head.Seq + 2 {
				if seq == 0 {
					continue
				}
				point, there := h.past[seq]
				other := Point{seq, Digest{1}}
				err, otherErr := Descends(&h.head, point, h.get), Descends(&h.head, other, h.get)
				switch {
				case seq > h.head.Seq:
					if !errors.Is(otherErr, ErrBehind) {
						t.Fatalf("%d from %d: %v", seq, h.head.Seq, otherErr)
					}
				case there && err != nil, !errors.Is(otherErr, ErrForked):
					t.Fatalf("%d from %d: %v, with another digest %v", seq, h.head.Seq, err, otherErr)
				}
			}
		}
	}
	if err := Descends(&newHistory().head, Point{}, nil); !errors.Is(err, ErrUnproven) {
		t.Errorf("from nothing: %v", err)
	}
}

// newest is the newest commit whose seq is at most most.
func newest(past map[uint64]Point, most uint64) (p Point) {
	for seq, at := range past {
		if seq <= most && seq > p.Seq {
			p = at
		}
	}
	return p
}

// TestChainLong commits 200,000 times, with leaps, and trims the log as a vault
// does. Within the window every ancestor is proven, in few hashes; beyond it
// nothing wrong is.
func TestChainLong(t *testing.T) {
	commits := uint64(200_000)
	if testing.Short() {
		commits = 80_000
	}
	h, live, rng := newHistory(), []uint64{}, rand.New(rand.NewPCG(3, 3))
	leaps := map[uint64]uint64{50_000: 3, 70_000: 1000, 120_000: 5000, 150_001: 1}
	for h.head.Seq < commits {
		live = append(live, h.head.Seq)
		h.gets = 0
		h.commit(t, h.head.Seq+1+leaps[h.head.Seq], 0)
		if h.gets > 400 {
			t.Fatalf("skip for %d: %d hashes", h.head.Seq, h.gets)
		}
		for len(live) > 0 && live[0]+LogWindow <= h.head.Seq {
			if Trimmable(live[0], h.log[live[0]]) {
				delete(h.log, live[0])
			}
			live = live[1:]
		}
		if h.head.Seq%997 == 0 {
			h.checkSome(t, rng, 3)
		}
	}
	h.checkSome(t, rng, 3000)
	if kept := len(h.log); kept > LogWindow+len(leaps) {
		t.Errorf("%d entries are kept", kept)
	}
	for from, by := range leaps {
		if seq := from + 1 + by; seq < h.head.Seq && h.log[seq] == nil {
			t.Errorf("the entry of the leap to %d is gone", seq)
		}
	}
}

// checkSome tries n commits at random, and their neighbours in other histories.
func (h *history) checkSome(t *testing.T, rng *rand.Rand, n int) {
	t.Helper()
	for range n {
		seq := 1 + rng.Uint64N(h.head.Seq)
		point, there := h.past[seq]
		h.gets = 0
		err := Descends(&h.head, point, h.get)
		if h.gets > 400 {
			t.Fatalf("%d from %d: %d hashes", seq, h.head.Seq, h.gets)
		}
		recent := seq+LogWindow > h.head.Seq
		if there && err != nil && (recent || !errors.Is(err, ErrUnproven)) {
			t.Fatalf("%d from %d: %v", seq, h.head.Seq, err)
		}
		err = Descends(&h.head, Point{seq, Digest{9}}, h.get)
		if !errors.Is(err, ErrForked) && (recent || !errors.Is(err, ErrUnproven)) {
			t.Fatalf("another %d from %d: %v", seq, h.head.Seq, err)
		}
	}
}

// TestChainFork: neither side descends from the other, both from their past.
func TestChainFork(t *testing.T) {
	a := newHistory()
	for seq := uint64(2); seq <= 300; seq++ {
		a.commit(t, seq, 0)
	}
	b := a.fork()
	for seq := uint64(301); seq <= 700; seq++ {
		a.commit(t, seq, 1)
		b.commit(t, seq, 2)
	}
	for seq := uint64(1); seq <= 700; seq++ {
		onB, onA := Descends(&a.head, b.past[seq], a.get), Descends(&b.head, a.past[seq], b.get)
		if seq <= 300 && (onA != nil || onB != nil) || seq > 300 && (!errors.Is(onA, ErrForked) || !errors.Is(onB, ErrForked)) {
			t.Fatalf("%d: %v, %v", seq, onA, onB)
		}
	}
}

// TestChainDamage removes or replaces log entries: that never proves anything,
// and never a fork either.
func TestChainDamage(t *testing.T) {
	h := newHistory()
	for seq := uint64(2); seq <= 200; seq++ {
		h.commit(t, seq, 0)
	}
	other := newHistory()
	for seq := uint64(2); seq <= 200; seq++ {
		other.commit(t, seq, 1)
	}
	for _, seq := range slices.Sorted(maps.Keys(h.log)) {
		kept := h.log[seq]
		for target := uint64(1); target <= 200; target++ {
			delete(h.log, seq)
			if err := Descends(&h.head, h.past[target], h.get); err != nil && !errors.Is(err, ErrUnproven) {
				t.Fatalf("%d removed: %v", seq, err)
			}
			if err := Descends(&h.head, Point{target, Digest{1}}, h.get); !errors.Is(err, ErrForked) && !errors.Is(err, ErrUnproven) {
				t.Fatalf("%d removed, another target: %v", seq, err)
			}
			for _, bad := range [][]byte{other.log[seq], kept[:len(kept)-1], {}} {
				if seq == 1 && string(bad) == string(kept) {
					continue // the past of both
				}
				h.log[seq] = bad
				if err := Descends(&h.head, h.past[target], h.get); err != nil && !errors.Is(err, ErrForged) {
					t.Fatalf("%d replaced: %v", seq, err)
				}
			}
		}
		h.log[seq] = kept
	}
	// What the walk has to pass.
	delete(h.log, 199)
	h.log[192] = other.log[192]
	if err := Descends(&h.head, h.past[3], h.get); !errors.Is(err, ErrForged) {
		t.Errorf("over a replaced entry: %v", err)
	}
	h.log[192] = nil
	if err := Descends(&h.head, h.past[3], h.get); !errors.Is(err, ErrUnproven) {
		t.Errorf("over a removed entry: %v", err)
	}
	if skip, err := SkipFor(&h.head, 201, h.get); err != nil || skip != h.head.Point() {
		t.Errorf("skip where it is prev: %v, %v", skip.Seq, err)
	}
	if skip, err := SkipFor(&h.head, 256+128, h.get); err != nil || skip != h.head.Point() {
		t.Errorf("skip after a leap: %v, %v", skip.Seq, err)
	}
	broken := errors.New("broken")
	fail := func(uint64) ([]byte, error) { return nil, broken }
	if err := Descends(&h.head, h.past[3], fail); !errors.Is(err, broken) {
		t.Errorf("a log that cannot be read: %v", err)
	}
	if _, err := SkipFor(&past207(t).head, 208, fail); !errors.Is(err, broken) {
		t.Errorf("skip over a log that cannot be read: %v", err)
	}
}

// past207 is a chain of commits up to 207.
func past207(t *testing.T) *history {
	n := newHistory()
	for seq := uint64(2); seq <= 207; seq++ {
		n.commit(t, seq, 0)
	}
	return n
}

func TestTrimmable(t *testing.T) {
	h := newHistory()
	h.commit(t, 2, 0)
	h.commit(t, 9, 0)
	h.commit(t, 10, 0)
	h.commit(t, 11, 0)
	for seq, want := range map[uint64]bool{1: true, 2: true, 9: false, 10: true} {
		if Trimmable(seq, h.log[seq]) != want {
			t.Errorf("%d: %v", seq, !want)
		}
	}
	if Trimmable(2, nil) || Trimmable(2, []byte("?")) {
		t.Error("what is no log entry is trimmed")
	}
}

func FuzzParseLog(f *testing.F) {
	h := newHistory()
	for seq := uint64(2); seq <= 20; seq++ {
		h.commit(f, seq+seq/10*5, 0)
	}
	for seq, entry := range h.log {
		f.Add(seq, entry)
	}
	if len(h.log) == 0 {
		f.Fatal("no seeds")
	}
	f.Fuzz(func(t *testing.T, seq uint64, b []byte) {
		e, err := parseLog(seq, b)
		if err != nil {
			if errorClass(err) == nil {
				t.Errorf("an error of no class: %v", err)
			}
			return
		}
		if string(Encode("tacit/1/log", e.body[:], e.prev.bytes(), e.skip.bytes())) != string(b) {
			t.Error("two spellings of one entry")
		}
		if e.prev.Seq >= seq || e.skip.Seq > e.prev.Seq {
			t.Error("a chain that does not fall")
		}
	})
}

func BenchmarkDescends(b *testing.B) {
	h := newHistory()
	for seq := uint64(2); seq <= 70_000; seq++ {
		h.commit(b, seq, 0)
	}
	h.gets = 0
	n := 0
	for b.Loop() {
		if err := Descends(&h.head, h.past[5001], h.get); err != nil {
			b.Fatal(err)
		}
		n++
	}
	b.ReportMetric(float64(h.gets)/float64(n), "hashes/op")
}
