package badgerfiles_test

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/dgraph-io/badger/v4/y"

	"github.com/tacit-vault/tacit/store"
	"github.com/tacit-vault/tacit/store/badgerfiles"
	"github.com/tacit-vault/tacit/store/badgerstore"
	"github.com/tacit-vault/tacit/store/forge"
	"github.com/tacit-vault/tacit/store/storedir"
)

// truth is what Badger says that a store holds.
type truth map[string][]byte

func badgers(t *testing.T, dir string) truth {
	t.Helper()
	s, err := badgerstore.Open(t.Context(), dir, store.Options{ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	all := truth{}
	err = s.View(func(r store.Reader) error {
		for key, err := range r.Keys(nil, nil) {
			if err != nil {
				return err
			}
			if all[string(key)], err = r.Get(key); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func openTables(t *testing.T, dir string) (*badgerfiles.Tables, error) {
	t.Helper()
	s, err := badgerfiles.Read(filepath.Join(dir, storedir.DatabaseName))
	if err != nil {
		return nil, err
	}
	tables, err := s.OpenTables()
	if err == nil {
		t.Cleanup(tables.Close)
	}
	return tables, err
}

// compare asks the tables for all that there is and for some of what is not. What
// they answer has to be the truth; handed tells how often they hand over instead what
// is not in the value log.
func (all truth) compare(t *testing.T, tables *badgerfiles.Tables, rng *rand.Rand, key func() []byte) (handed int) {
	t.Helper()
	ask := func(key []byte) { handed += all.ask(t, tables, key) }
	for key := range all {
		ask([]byte(key))
		ask([]byte(key[:len(key)-1]))
		ask([]byte(key + "\x00"))
	}
	for range 200 {
		ask(key())
	}
	sorted := slices.Sorted(maps.Keys(all))
	handed += all.walk(t, tables, sorted, "", "")
	for range 50 {
		prefix := key()
		prefix = prefix[:rng.IntN(len(prefix)+1)]
		handed += all.walk(t, tables, sorted, string(prefix), string(key()))
		handed += all.walk(t, tables, sorted, string(prefix), "")
	}
	return handed
}

// ask compares the answer about one key; handed is 1 where that is handed over.
func (all truth) ask(t *testing.T, tables *badgerfiles.Tables, key []byte) (handed int) {
	t.Helper()
	if store.CheckKey(key) != nil {
		return 0
	}
	want, there := all[string(key)]
	got, err := tables.Get(key)
	switch {
	case errors.Is(err, badgerfiles.ErrHandOver):
		if len(want) <= store.LargeValue {
			return 1
		}
	case there && (err != nil || got == nil || !bytes.Equal(got, want)):
		t.Errorf("%q: %d bytes, %v, want %d bytes", key, len(got), err, len(want))
	case !there && !errors.Is(err, store.ErrNotFound):
		t.Errorf("%q: %d bytes, %v, and it is absent", key, len(got), err)
	}
	return 0
}

// walk compares the keys with a prefix, from one on.
func (all truth) walk(t *testing.T, tables *badgerfiles.Tables, sorted []string, prefix, from string) (handed int) {
	t.Helper()
	first, _ := slices.BinarySearch(sorted, max(prefix, from))
	want := sorted[first:]
	for key, err := range tables.Keys([]byte(prefix), []byte(from)) {
		if errors.Is(err, badgerfiles.ErrHandOver) {
			return 1
		}
		if err != nil || len(want) == 0 || string(key) != want[0] {
			t.Errorf("keys with %q from %q: %q, %v, want %.1q", prefix, from, key, err, want)
			return 0
		}
		want = want[1:]
	}
	if len(want) > 0 && len(want[0]) >= len(prefix) && want[0][:len(prefix)] == prefix {
		t.Errorf("keys with %q from %q: ends before %q", prefix, from, want[0])
	}
	return 0
}

// Whatever shape the tables have, they answer what Badger answers, and hand over
// nothing but what lies in the value log.
func TestAnswersAreBadgers(t *testing.T) {
	t.Parallel()
	for _, shape := range shapes {
		t.Run(shape.name, func(t *testing.T) {
			t.Parallel()
			seed := rand.Uint64()
			t.Logf("seed %d", seed)
			rng := rand.New(rand.NewPCG(seed, 0))
			dir := t.TempDir()
			shape.build(t, dir, rng)
			all := badgers(t, dir)
			tables, err := openTables(t, dir)
			if err != nil {
				t.Fatal(err)
			}
			large := 0
			for _, value := range all {
				if len(value) > store.LargeValue {
					large++
				}
			}
			if handed := all.compare(t, tables, rng, func() []byte { return shape.key(rng) }); handed > 0 {
				t.Errorf("%d answers are handed over", handed)
			}
			all.anyHint(t, dir, rng, func() []byte { return shape.key(rng) })
			t.Logf("%d keys, %d of them large, in tables of the levels %v", len(all), large, levelsIn(t, dir))
		})
	}
}

// levelsIn are the levels of the tables.
func levelsIn(t *testing.T, dir string) []int {
	t.Helper()
	s, err := badgerfiles.Read(filepath.Join(dir, storedir.DatabaseName))
	if err == nil {
		err = s.ReadManifest()
	}
	if err != nil {
		t.Fatal(err)
	}
	return slices.Sorted(maps.Values(s.Manifest.Tables))
}

// damaged is a store whose tables and MANIFEST are damaged one after another.
type damaged struct {
	t     *testing.T
	dir   string
	shape shape
	rng   *rand.Rand
	all   truth

	opened, answered int
}

func newDamaged(t *testing.T, s shape) *damaged {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	d := &damaged{t: t, dir: t.TempDir(), shape: s, rng: rand.New(rand.NewPCG(seed, 0))}
	s.build(t, d.dir, d.rng)
	d.all = badgers(t, d.dir)
	return d
}

// file picks a table or the MANIFEST.
func (d *damaged) file() (name string, content []byte) {
	files, err := filepath.Glob(filepath.Join(d.dir, storedir.DatabaseName, "*.sst"))
	if err != nil || len(files) == 0 {
		d.t.Fatal("no tables", err)
	}
	name = files[d.rng.IntN(len(files))]
	if d.rng.IntN(8) == 0 {
		name = filepath.Join(d.dir, storedir.DatabaseName, badgerfiles.ManifestName)
	}
	if content, err = os.ReadFile(name); err != nil {
		d.t.Fatal(err)
	}
	return name, content
}

// with compares the answers while a file has another content.
func (d *damaged) with(name string, honest, content []byte) {
	d.t.Helper()
	write := func(b []byte) {
		if err := os.WriteFile(name, b, 0o600); err != nil {
			d.t.Fatal(err)
		}
	}
	write(content)
	defer write(honest)
	tables, err := openTables(d.t, d.dir)
	if err != nil {
		if !errors.Is(err, badgerfiles.ErrHandOver) {
			d.t.Errorf("%s: %v", name, err)
		}
		return
	}
	defer tables.Close()
	d.opened++
	if d.all.compare(d.t, tables, d.rng, func() []byte { return d.shape.key(d.rng) }) == 0 {
		d.answered++
	}
}

// A flipped bit is handed over, at the latest when all that there is is asked for.
func TestAnswersOfFlippedBits(t *testing.T) {
	t.Parallel()
	d := newDamaged(t, shape{memTable: 8 << 20, table: 8 << 20, base: 8 << 20, block: 512, versions: 2, keyLength: 20, levelZero: 1 << 20, entries: 300, sessions: 3})
	rounds := 500
	if testing.Short() {
		rounds = 100
	}
	for range rounds {
		name, honest := d.file()
		b := bytes.Clone(honest)
		b[d.rng.IntN(len(b))] ^= 1 << d.rng.IntN(8)
		d.with(name, honest, b)
	}
	t.Logf("%d flips of %d were opened", d.opened, rounds)
	if d.opened == 0 || d.answered > 0 {
		t.Errorf("%d of %d opened ones answered all: a flip was not seen", d.answered, d.opened)
	}
}

// Of a table, no more is read than which keys lie in it, until it is asked for one of
// them: opening many takes little, and damage elsewhere hinders nobody.
func TestAnswersReadNoMoreThanNeeded(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for i, name := range []string{"a", "b"} {
		s, err := badgerstore.Open(t.Context(), dir, store.Options{Create: i == 0})
		if err != nil {
			t.Fatal(err)
		}
		err = s.Update(func(w store.Writer) error {
			for n := range 500 {
				if err := w.Put(fmt.Appendf(nil, "%s%03d", name, n), bytes.Repeat([]byte(name), 100)); err != nil {
					return err
				}
			}
			return nil
		})
		if err := errors.Join(err, s.Close()); err != nil {
			t.Fatal(err)
		}
	}
	files, err := filepath.Glob(filepath.Join(dir, storedir.DatabaseName, "*.sst"))
	if err != nil || len(files) != 2 {
		t.Fatal(files, err)
	}
	honest, err := os.ReadFile(files[0]) // it has the keys with an a
	if err != nil {
		t.Fatal(err)
	}
	b := bytes.Clone(honest)
	b[bytes.Index(honest, badgerfiles.CutIndex(honest))+len(badgerfiles.CutIndex(honest))/2] ^= 1
	if err := os.WriteFile(files[0], b, 0o600); err != nil {
		t.Fatal(err)
	}
	tables, err := openTables(t, dir)
	if err != nil {
		t.Fatal(err)
	}
	if v, err := tables.Get([]byte("b250")); err != nil || len(v) != 100 {
		t.Errorf("a key of the other table: %d bytes, %v", len(v), err)
	}
	keys := 0
	for _, err := range tables.Keys([]byte("b"), nil) {
		if keys++; err != nil {
			t.Error(err)
		}
	}
	if keys != 500 {
		t.Errorf("%d keys of the other table", keys)
	}
	if v, err := tables.Get([]byte("a250")); !errors.Is(err, badgerfiles.ErrHandOver) {
		t.Errorf("a key of the damaged table: %d bytes, %v", len(v), err)
	}
	for _, err := range tables.Keys([]byte("a2"), nil) {
		if !errors.Is(err, badgerfiles.ErrHandOver) {
			t.Errorf("keys of the damaged table: %v", err)
		}
	}
}

// Of a small table nothing is read twice: each command opens it anew.
func TestAnswersReadSmallTablesOnce(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s, err := badgerstore.Open(t.Context(), dir, store.Options{Create: true})
	if err != nil {
		t.Fatal(err)
	}
	key := func(n int) []byte { return fmt.Appendf(nil, "k%03d", n) }
	err = s.Update(func(w store.Writer) error {
		for n := range 500 {
			if err := w.Put(key(n), bytes.Repeat([]byte("v"), 100)); err != nil {
				return err
			}
		}
		return nil
	})
	if err := errors.Join(err, s.Close()); err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Join(dir, storedir.DatabaseName, "*.sst"))
	if err != nil || len(files) != 1 {
		t.Fatal(files, err)
	}
	content, err := os.ReadFile(files[0])
	if err != nil {
		t.Fatal(err)
	}
	tables, read, err := badgerfiles.Counted(content)
	if err != nil {
		t.Fatal(err)
	}
	for n := range 500 {
		if v, err := tables.Get(key(n)); err != nil || len(v) != 100 {
			t.Fatalf("%s: %d bytes, %v", key(n), len(v), err)
		}
	}
	if _, err := tables.Get(key(0)); err != nil {
		t.Error(err)
	}
	if *read > int64(len(content)+badgerfiles.FooterSize) { // which is as long as it says itself
		t.Errorf("%d bytes were read, of %d", *read, len(content))
	}
}

// A file that was cut short is handed over, at whatever length.
func TestAnswersOfShortFiles(t *testing.T) {
	t.Parallel()
	d := newDamaged(t, shape{memTable: 8 << 20, table: 8 << 20, base: 8 << 20, block: 512, versions: 2, keyLength: 20, levelZero: 1 << 20, entries: 300, sessions: 3})
	for range 20 {
		name, honest := d.file()
		lengths := []int{0, 1, 3, 4, 5, 8, 15, 16, 17}
		for back := range 40 { // the footer
			lengths = append(lengths, len(honest)-1-back)
		}
		for range 30 {
			lengths = append(lengths, d.rng.IntN(len(honest)))
		}
		for _, n := range lengths {
			d.with(name, honest, honest[:max(0, n)])
		}
		d.with(name, honest, append(bytes.Clone(honest), 0))
	}
	if d.opened > 0 {
		t.Errorf("%d files of another length were opened", d.opened)
	}
}

// A file that is cut short while it is open ends in an error, and the process lives.
func TestAnswersWhileCutShort(t *testing.T) {
	t.Parallel()
	d := newDamaged(t, shapes[1])
	tables, err := openTables(t, d.dir)
	if err != nil {
		t.Fatal(err)
	}
	files, _ := filepath.Glob(filepath.Join(d.dir, storedir.DatabaseName, "*.sst"))
	for _, name := range files {
		if err := os.Truncate(name, 100); err != nil {
			t.Fatal(err)
		}
	}
	if d.all.compare(t, tables, d.rng, func() []byte { return d.shape.key(d.rng) }) == 0 {
		t.Error("all is answered from files that are gone")
	}
}

// Tables that are wrong under checksums that fit do no harm: they are refused, or
// answer something, which is what the proof of a vault is for.
func TestAnswersOfForgedTables(t *testing.T) {
	t.Parallel()
	d := newDamaged(t, shape{memTable: 8 << 20, table: 8 << 20, base: 8 << 20, block: 4096, versions: 2, keyLength: 20, levelZero: 1 << 20, entries: 600, sessions: 1})
	files, _ := filepath.Glob(filepath.Join(d.dir, storedir.DatabaseName, "*.sst"))
	honest, err := os.ReadFile(files[0])
	if err != nil {
		t.Fatal(err)
	}
	rounds := 60
	if testing.Short() {
		rounds = 10
	}
	for _, kind := range forge.Kinds {
		for range rounds {
			forged, err := kind.Table(honest, d.rng)
			if err != nil {
				t.Fatal(err)
			}
			tables, err := badgerfiles.TablesOf(forged)
			if err != nil {
				continue
			}
			for key := range d.all {
				_, _ = tables.Get([]byte(key))
			}
			n := 0
			for range tables.Keys(nil, nil) {
				if n++; n > 10*len(d.all) {
					t.Fatalf("%s: keys without end", kind.Name)
				}
			}
		}
	}
}

// What the files of a database cannot be read for by themselves is handed over.
func TestHandOver(t *testing.T) {
	t.Parallel()
	d := newDamaged(t, shapes[0])
	db := filepath.Join(d.dir, storedir.DatabaseName)
	for name, content := range map[string]string{
		"00001.mem": "", "000009.vlog": "", "LOCK": "", "MANIFEST-REWRITE": "", "000099.sst": "not in the MANIFEST",
	} {
		path := filepath.Join(db, name)
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := openTables(t, d.dir); !errors.Is(err, badgerfiles.ErrHandOver) {
			t.Errorf("with %s: %v", name, err)
		}
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := openTables(t, d.dir); err != nil {
		t.Errorf("without any of it: %v", err)
	}
	registry := filepath.Join(db, badgerfiles.RegistryName)
	b, err := os.ReadFile(registry)
	if err == nil {
		err = os.WriteFile(registry, bytes.Repeat([]byte{1}, len(b)), 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	if _, err := openTables(t, d.dir); !errors.Is(err, badgerfiles.ErrHandOver) {
		t.Errorf("encrypted: %v", err)
	}
}

func TestFilterHash(t *testing.T) {
	t.Parallel()
	for n := range 40 {
		b := make([]byte, n)
		for i := range b {
			b[i] = byte(7*i + n)
		}
		if got, want := badgerfiles.FilterHash(b), y.Hash(b); got != want {
			t.Errorf("%d bytes: %x, want %x", n, got, want)
		}
	}
}
