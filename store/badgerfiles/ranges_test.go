package badgerfiles_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/tacit-vault/tacit/store"
	"github.com/tacit-vault/tacit/store/badgerfiles"
	"github.com/tacit-vault/tacit/store/badgerstore"
	"github.com/tacit-vault/tacit/store/storedir"
)

// summed is a hint with a checksum that fits.
func summed(text string) []byte {
	b := []byte(text)
	return binary.BigEndian.AppendUint32(b, crc32.Checksum(b, badgerfiles.Castagnoli))
}

// aRange is a hint's entry about a table.
func aRange(id, size uint32, first, last string) string {
	b := binary.BigEndian.AppendUint32(nil, id)
	b = binary.BigEndian.AppendUint32(b, size)
	b = append(append(b, byte(len(first))), first...)
	return string(append(append(b, byte(len(last))), last...))
}

func TestParseRanges(t *testing.T) {
	t.Parallel()
	const magic = badgerfiles.RangesMagic
	whole := summed(magic + aRange(3, 700, "a", "m") + aRange(7, 0xffffffff, "n", strings.Repeat("z", badgerfiles.RangeKey)))
	want := map[uint64]badgerfiles.Range{3: {700, "a", "m"}, 7: {0xffffffff, "n", strings.Repeat("z", badgerfiles.RangeKey)}}
	if got := badgerfiles.ParseRanges(whole); !maps.Equal(got, want) {
		t.Errorf("%v", got)
	}
	if got := badgerfiles.EncodeRanges(want); !bytes.Equal(got, whole) {
		t.Errorf("%q", got)
	}
	for n := range whole {
		if got := badgerfiles.ParseRanges(whole[:n]); got != nil {
			t.Errorf("cut at %d: %v", n, got)
		}
		for bit := range 8 {
			b := bytes.Clone(whole)
			b[n] ^= 1 << bit
			if got := badgerfiles.ParseRanges(b); got != nil {
				t.Errorf("byte %d is another one: %v", n, got)
			}
		}
	}
	var many, tooMany strings.Builder
	for id := range uint32(badgerfiles.MostTables + 1) {
		tooMany.WriteString(aRange(id, 1, "a", "a"))
		if id < badgerfiles.MostTables {
			many.WriteString(aRange(id, 1, strings.Repeat("a", badgerfiles.RangeKey), strings.Repeat("b", badgerfiles.RangeKey)))
		}
	}
	if b := summed(magic + many.String()); len(b) != badgerfiles.MaxRanges || len(badgerfiles.ParseRanges(b)) != badgerfiles.MostTables {
		t.Errorf("the largest one: %d bytes, %d tables", len(b), len(badgerfiles.ParseRanges(b)))
	}
	for name, b := range map[string][]byte{
		"nothing":           nil,
		"another version":   summed("tacit-ranges 2\n" + aRange(3, 700, "a", "m")),
		"more behind it":    append(bytes.Clone(whole), 0),
		"half a range":      summed(magic + aRange(3, 700, "a", "m")[:9]),
		"a number alone":    summed(magic + "\x00\x00\x00\x03"),
		"no first key":      summed(magic + aRange(3, 700, "", "m")),
		"no last key":       summed(magic + aRange(3, 700, "a", "")),
		"a long key":        summed(magic + aRange(3, 700, "a", strings.Repeat("m", badgerfiles.RangeKey+1))),
		"the wrong way":     summed(magic + aRange(3, 700, "m", "a")),
		"twice":             summed(magic + aRange(3, 700, "a", "m") + aRange(3, 700, "a", "m")),
		"not in order":      summed(magic + aRange(7, 700, "a", "m") + aRange(3, 700, "n", "z")),
		"more than tables":  summed(magic + tooMany.String()),
		"a key of no bytes": summed(magic + "\x00\x00\x00\x03\x00\x00\x00\x03\x01a\x05b"),
	} {
		if got := badgerfiles.ParseRanges(b); got != nil {
			t.Errorf("%s: %v", name, got)
		}
	}
}

// A hint of any content is read, or is none, and there is one spelling of each.
func FuzzRanges(f *testing.F) {
	seeds := [][]byte{
		summed(badgerfiles.RangesMagic),
		summed(badgerfiles.RangesMagic + aRange(3, 700, "a", "m") + aRange(7, 0xffffffff, "n", "z")),
		summed(badgerfiles.RangesMagic + aRange(0, 0, strings.Repeat("a", badgerfiles.RangeKey), strings.Repeat("b", badgerfiles.RangeKey))),
	}
	for _, b := range seeds {
		if badgerfiles.ParseRanges(b) == nil {
			f.Fatalf("%q is none", b)
		}
		f.Add(b[:len(b)-4])
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		_ = badgerfiles.ParseRanges(b)
		b = summed(string(b)) // or nothing would get past the checksum
		ranges := badgerfiles.ParseRanges(b)
		if ranges == nil {
			return
		}
		if again := badgerfiles.EncodeRanges(ranges); !bytes.Equal(again, b) {
			t.Errorf("%q became %q", b, again)
		}
		if len(b) > badgerfiles.MaxRanges || len(ranges) > badgerfiles.MostTables {
			t.Errorf("%d tables in %d bytes", len(ranges), len(b))
		}
	})
}

// listed is the database in dir, with what its MANIFEST says.
func listed(t *testing.T, dir string) *badgerfiles.Set {
	t.Helper()
	s, err := badgerfiles.Read(filepath.Join(dir, storedir.DatabaseName))
	if err == nil {
		err = s.ReadManifest()
	}
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// leave writes a hint.
func leave(t *testing.T, dir string, b []byte) {
	t.Helper()
	path := filepath.Join(dir, storedir.DatabaseName, badgerfiles.RangesName)
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
}

// lie is a hint that says of each table what comes to mind, under its right size.
func lie(s *badgerfiles.Set, rng *rand.Rand, key func() []byte) []byte {
	ranges := map[uint64]badgerfiles.Range{}
	honest := badgerfiles.ParseRanges(s.EncodeRanges())
	how := rng.IntN(4)
	for id, size := range s.TableSizes {
		ends := []string{string(key()), string(key())}
		for i, end := range ends {
			ends[i] = end[:min(len(end), badgerfiles.RangeKey)]
		}
		slices.Sort(ends)
		r := badgerfiles.Range{Size: size, First: ends[0], Last: ends[1]}
		switch how {
		case 0: // it hides all
			r.First, r.Last = "\xff\xff\xff", "\xff\xff\xff"
		case 1: // it hides some
			if h, ok := honest[id]; ok && rng.IntN(2) == 0 {
				r = h
			}
		case 2: // it hides what is newer
			if s.Manifest.Tables[id] == badgerfiles.BadgerLevels-1 {
				r.First, r.Last = "\x00", "\xff\xff"
			} else {
				r.First, r.Last = "\xff\xff\xff", "\xff\xff\xff"
			}
		}
		ranges[id] = r
	}
	ranges[1<<31], ranges[s.LastTable()+1] = badgerfiles.Range{1, "a", "b"}, badgerfiles.Range{1, "a", "b"}
	return badgerfiles.EncodeRanges(ranges)
}

// anyHint compares the answers beside hints that are right, of no use, or wrong.
func (all truth) anyHint(t *testing.T, dir string, rng *rand.Rand, key func() []byte) {
	t.Helper()
	s := listed(t, dir)
	honest := s.EncodeRanges()
	hints := [][]byte{honest, honest[:len(honest)/2], bytes.Repeat([]byte{0}, 1<<20), summed(badgerfiles.RangesMagic)}
	for range 8 {
		hints = append(hints, lie(s, rng, key))
	}
	names := slices.Sorted(maps.Keys(all))
	for i, hint := range hints {
		leave(t, dir, hint)
		for range 20 { // each alone, or else what one opens answers the next
			tables := mustOpenTables(t, dir)
			name := []byte(names[rng.IntN(len(names))])
			if rng.IntN(4) == 0 {
				name = key()
			}
			if all.ask(t, tables, name) > 0 {
				t.Errorf("hint %d: %q is handed over", i, name)
			}
			tables.Close()
		}
		if i == 0 || i == len(hints)-1 {
			tables := mustOpenTables(t, dir)
			if handed := all.compare(t, tables, rng, key); handed > 0 {
				t.Errorf("hint %d: %d answers are handed over", i, handed)
			}
			tables.Close()
		}
		if t.Failed() {
			t.Fatalf("with hint %d: %v", i, badgerfiles.ParseRanges(hint))
		}
	}
}

func mustOpenTables(t *testing.T, dir string) *badgerfiles.Tables {
	t.Helper()
	tables, err := openTables(t, dir)
	if err != nil {
		t.Fatal(err)
	}
	return tables
}

// drawn is a source of random numbers; the log says what repeats it.
func drawn(t *testing.T) *rand.Rand {
	t.Helper()
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	return rand.New(rand.NewPCG(seed, 0))
}

// levelled is a database with several tables on several levels, which Badger would
// make like this of many more entries: what is newer lies further up.
func levelled(t *testing.T) (dir string, all truth) {
	t.Helper()
	dir = t.TempDir()
	rng := drawn(t)
	last := uint64(0)
	for _, of := range []struct{ level, tables int }{{6, 8}, {5, 5}, {3, 3}, {0, 2}} {
		for part := range of.tables {
			w, err := badgerstore.Open(t.Context(), dir, store.Options{Create: last == 0})
			if err != nil {
				t.Fatal(err)
			}
			err = w.Update(func(w store.Writer) error {
				for i := range 600 {
					if i*of.tables/600 != part || of.level < 6 && rng.IntN(3) > 0 {
						continue
					}
					key := fmt.Appendf(nil, "k%03d", i)
					var err error
					if of.level < 6 && rng.IntN(4) == 0 {
						err = w.Delete(key)
					} else {
						err = w.Put(key, fmt.Appendf(nil, "%d on level %d", i, of.level))
					}
					if err != nil {
						return err
					}
				}
				return nil
			})
			if err := errors.Join(err, w.Close()); err != nil {
				t.Fatal(err)
			}
			s := listed(t, dir)
			if s.LastTable() == last {
				t.Fatal("there is no new table")
			}
			last = s.LastTable()
			s.Manifest.Tables[last] = of.level
			if err := os.WriteFile(filepath.Join(s.Dir, badgerfiles.ManifestName), s.Manifest.Encode(), 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	return dir, badgers(t, dir)
}

// Whatever a hint says, the answers are those that there are without it.
func TestAnyHint(t *testing.T) {
	t.Parallel()
	dir, all := levelled(t)
	rng := drawn(t)
	for range 5 {
		all.anyHint(t, dir, rng, func() []byte { return fmt.Appendf(nil, "k%03d", rng.IntN(600)) })
	}
	// One that hides all that is newer than the last level.
	s, lies := listed(t, dir), map[uint64]badgerfiles.Range{}
	for id, level := range s.Manifest.Tables {
		lies[id] = badgerfiles.Range{Size: s.TableSizes[id], First: "z", Last: "z"}
		if level == badgerfiles.BadgerLevels-1 {
			lies[id] = badgerfiles.Range{Size: s.TableSizes[id], First: "a", Last: "z"}
		}
	}
	leave(t, dir, badgerfiles.EncodeRanges(lies))
	for i := range 600 {
		tables := mustOpenTables(t, dir)
		if all.ask(t, tables, fmt.Appendf(nil, "k%03d", i)) > 0 {
			t.Errorf("k%03d is handed over", i)
		}
		tables.Close()
	}
}

// With a hint that is right one key opens few tables; without one, all are opened.
func TestHintOpensFewTables(t *testing.T) {
	t.Parallel()
	dir, all := levelled(t)
	s := listed(t, dir)
	const first = 2 // tables of the first level
	if n := mustOpenTables(t, dir).Open(); n != len(s.Tables) {
		t.Fatalf("without a hint %d tables of %d are open", n, len(s.Tables))
	}
	leave(t, dir, s.EncodeRanges())
	if n := mustOpenTables(t, dir).Open(); n != first {
		t.Errorf("before anything is asked %d tables are open", n)
	}
	sum := 0
	for key, value := range all {
		tables := mustOpenTables(t, dir)
		all.ask(t, tables, []byte(key))
		// Of the level on which it lies, it is one table, and all of those above.
		most := map[byte]int{'0': first, '3': first + 1, '5': first + 3 + 1, '6': first + 3 + 5 + 1}[value[len(value)-1]]
		if n := tables.Open(); n > most {
			t.Errorf("%q: %d tables are open, want %d", key, n, most)
		}
		sum += tables.Open()
		tables.Close()
	}
	t.Logf("a key opens %.1f of %d tables", float64(sum)/float64(len(all)), len(s.Tables))
	tables := mustOpenTables(t, dir)
	all.ask(t, tables, []byte("nowhere"))
	if n := tables.Open(); n != len(s.Tables) {
		t.Errorf("before a key is said to be absent, %d tables of %d are opened", n, len(s.Tables))
	}
	tables = mustOpenTables(t, dir)
	for _, err := range tables.Keys([]byte("k00"), nil) {
		if err != nil {
			t.Error(err)
		}
	}
	if n := tables.Open(); n != len(s.Tables) {
		t.Errorf("for a walk %d tables of %d are opened", n, len(s.Tables))
	}
}

// A table that has another size than the hint says, or is not in it, is opened at once.
func TestHintOfAnotherState(t *testing.T) {
	t.Parallel()
	dir, _ := levelled(t)
	s := listed(t, dir)
	honest := badgerfiles.ParseRanges(s.EncodeRanges())
	if len(honest) < 4 {
		t.Fatalf("%d tables are in the hint", len(honest))
	}
	outside := len(s.Tables) - len(honest)
	ids := slices.Sorted(maps.Keys(honest))
	delete(honest, ids[1])
	larger := honest[ids[3]]
	larger.Size++
	honest[ids[3]] = larger
	leave(t, dir, badgerfiles.EncodeRanges(honest))
	if n := mustOpenTables(t, dir).Open(); n != outside+2 {
		t.Errorf("%d tables are open, want %d", n, outside+2)
	}
}

// A hint out of another store, whose tables have the same numbers, tells nothing.
func TestHintOfAnotherStore(t *testing.T) {
	t.Parallel()
	dir, all := levelled(t)
	other, _ := levelled(t)
	leave(t, dir, listed(t, other).EncodeRanges())
	for key := range all {
		tables := mustOpenTables(t, dir)
		all.ask(t, tables, []byte(key))
		tables.Close()
	}
}

// A table of the first level is opened whatever is said of it: such tables overlap.
func TestHintOfTheFirstLevel(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	shape := shapes[slices.IndexFunc(shapes, func(s shape) bool { return s.name == "a table a session" })]
	shape.build(t, dir, drawn(t))
	s := listed(t, dir)
	if b := s.EncodeRanges(); b != nil {
		t.Errorf("there is a hint, of %d bytes", len(b))
	}
	leave(t, dir, lie(s, rand.New(rand.NewPCG(0, 0)), func() []byte { return []byte("a") }))
	tables, err := openTables(t, dir)
	if err != nil || tables.Open() != len(s.Tables) {
		t.Errorf("%d tables of %d are open, %v", tables.Open(), len(s.Tables), err)
	}
}

// A hint that somebody made huge is not read, and one that was put into several places
// keeps nobody from writing.
func TestHintOfAnySize(t *testing.T) {
	t.Parallel()
	dir, all := levelled(t)
	s := listed(t, dir)
	honest := s.EncodeRanges()
	path := filepath.Join(dir, storedir.DatabaseName, badgerfiles.RangesName)
	leave(t, dir, honest)
	for _, size := range []int64{0, 1, int64(len(honest)) - 1, int64(len(honest)) + 1, int64(badgerfiles.MaxRanges), int64(badgerfiles.MaxRanges) + 1, 1 << 36} {
		if err := os.Truncate(path, size); err != nil {
			t.Fatal(err)
		}
		tables, err := openTables(t, dir)
		if err != nil || tables.Open() != len(s.Tables) {
			t.Errorf("%d bytes: %d tables of %d are open, %v", size, tables.Open(), len(s.Tables), err)
		}
	}
	for key := range all {
		tables, err := openTables(t, dir)
		if err != nil {
			t.Fatal(err)
		}
		all.ask(t, tables, []byte(key))
		break
	}
	if err := os.Truncate(path, 0); err != nil {
		t.Fatal(err)
	}
	if err := os.Link(path, filepath.Join(t.TempDir(), "other")); err != nil {
		t.Skip(err)
	}
	if err := listed(t, dir).CheckOwn(); err != nil {
		t.Errorf("a hint with another name: %v", err)
	}
}

// A table that is damaged, or gone, behind a right hint is handed over when it is
// needed, and hinders nobody before.
func TestHintOverDamage(t *testing.T) {
	t.Parallel()
	dir, all := levelled(t)
	s := listed(t, dir)
	leave(t, dir, s.EncodeRanges())
	rng := drawn(t)
	keys := slices.Sorted(maps.Keys(all))
	handed, answered := 0, 0
	for _, id := range s.Tables {
		path := filepath.Join(s.Dir, badgerfiles.TableName(id))
		honest, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		b := bytes.Clone(honest)
		b[len(b)-1-rng.IntN(8)] ^= 1 // its end, which is read first
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
		for range 20 {
			key := keys[rng.IntN(len(keys))]
			tables, err := openTables(t, dir)
			if err == nil {
				n := all.ask(t, tables, []byte(key))
				handed, answered = handed+n, answered+1-n
				tables.Close()
			}
		}
		if err := os.WriteFile(path, honest, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("%d keys were handed over, %d answered", handed, answered)
	if handed == 0 || answered == 0 {
		t.Error("each is to happen")
	}
}

// Several goroutines open tables as they need them.
func TestHintAndGoroutines(t *testing.T) {
	t.Parallel()
	dir, all := levelled(t)
	leave(t, dir, listed(t, dir).EncodeRanges())
	tables, err := openTables(t, dir)
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error)
	for n := range 4 {
		go func() {
			var err error
			for key, want := range all {
				got, e := tables.Get([]byte(key))
				if e != nil || !bytes.Equal(got, want) {
					err = fmt.Errorf("goroutine %d: %q: %d bytes, %w", n, key, len(got), e)
				}
			}
			done <- err
		}()
	}
	for range 4 {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
}
