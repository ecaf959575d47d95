package badgerstore_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"testing"

	"github.com/tacit-vault/tacit/store"
	"github.com/tacit-vault/tacit/store/badgerstore"
)

// newStore makes a store with entries of about 430 bytes each and closes it.
func newStore(t testing.TB, entries int) (dir string) {
	t.Helper()
	dir = t.TempDir()
	s := mustOpen(t, dir, store.Options{Create: true})
	fill(t, s, 0, entries)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	return dir
}

// entry is what fill stores as number i.
func entry(i int) (key, value []byte) {
	key = fmt.Appendf(nil, "s/name-%06d/0000000001/%010d", i, i)
	return key, bytes.Repeat(fmt.Appendf(nil, "%09d,", i), 40)
}

func fill(t testing.TB, s store.Store, from, to int) {
	t.Helper()
	const batch = 2000
	for i := from; i < to; i += batch {
		err := s.Update(func(w store.Writer) error {
			for j := i; j < min(i+batch, to); j++ {
				if err := w.Put(entry(j)); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

// crash runs a child that writes, kills it after at least some acknowledged
// writes, and returns how many there were.
func crash(t *testing.T, dir string, size, atLeast int) (acknowledged int) {
	t.Helper()
	c := startChild(t, "write", dir, strconv.Itoa(size))
	if c.line() != "open" {
		t.Fatal("the child did not open the store")
	}
	n := -1
	for range atLeast {
		var err error
		if n, err = strconv.Atoi(c.line()); err != nil {
			t.Fatal(err)
		}
	}
	_ = c.cmd.Process.Kill()
	for text := c.line(); text != ""; text = c.line() {
		if i, err := strconv.Atoi(text); err == nil {
			n = i
		}
	}
	_ = c.cmd.Wait()
	return n + 1
}

// wantWritten checks that the entries of childWrite are there.
func wantWritten(t *testing.T, s store.Store, size, count int) {
	t.Helper()
	err := s.View(func(r store.Reader) error {
		for i := range count {
			key, value := childEntry(i, size)
			got, err := r.Get(key)
			if err != nil || !bytes.Equal(got, value) {
				t.Fatalf("entry %d of %d acknowledged: %d bytes, %v", i, count, len(got), err)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// Every acknowledged write survives a kill, whoever comes first afterwards.
func TestKilledWriter(t *testing.T) {
	t.Parallel()
	rounds := 6
	if testing.Short() {
		rounds = 2
	}
	dir := newStore(t, 100)
	const size = 100_000
	count := 0
	for round := range rounds {
		count = crash(t, dir, size, 5+17*round)
		s := mustOpen(t, dir, store.Options{ReadOnly: round%2 == 0})
		wantWritten(t, s, size, count)
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		wantOnly(t, dir, "ballast", "db", "lock")
	}
}

// A MANIFEST that lost its end does not name a table that has the only copy of
// something. Badger would delete it in the replay; here it is still there when
// the MANIFEST is whole again.
func TestCutManifestAfterCrash(t *testing.T) {
	t.Parallel()
	dir := newStore(t, 100)
	count := crash(t, dir, 200, 20)
	name := glob(t, dir, "MANIFEST")[0]
	whole, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	for _, size := range []int{8, len(whole) - 1, len(whole) - 4} {
		if err := os.WriteFile(name, whole[:size], 0o600); err != nil {
			t.Fatal(err)
		}
		wantCorrupt(t, dir)
	}
	if err := os.WriteFile(name, whole, 0o600); err != nil {
		t.Fatal(err)
	}
	s := mustOpen(t, dir, store.Options{ReadOnly: true})
	defer s.Close()
	wantWritten(t, s, 200, count)
	wantEntries(t, s, 100)
}

// wantOnly checks what lies in a folder.
func wantOnly(t *testing.T, dir string, names ...string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, e := range entries {
		got = append(got, e.Name())
	}
	if fmt.Sprint(got) != fmt.Sprint(names) {
		t.Errorf("%s holds %v, want %v", dir, got, names)
	}
}

// A writer that only looked leaves a mess too.
func TestKilledIdleWriter(t *testing.T) {
	t.Parallel()
	dir := newStore(t, 100)
	c := startChild(t, "hold", dir, "write")
	if c.line() != "open" {
		t.Fatal("the child did not open the store")
	}
	_ = c.kill()
	s := mustOpen(t, dir, store.Options{ReadOnly: true})
	defer s.Close()
	wantEntries(t, s, 100)
}

func wantEntries(t *testing.T, s store.Store, count int) {
	t.Helper()
	err := s.View(func(r store.Reader) error {
		for i := range count {
			key, value := entry(i)
			if got, err := r.Get(key); err != nil || !bytes.Equal(got, value) {
				return fmt.Errorf("entry %d: %d bytes, %w", i, len(got), err)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// crashed makes a store whose writer was killed, once for all tests that
// damage a copy of it.
func crashed(t *testing.T, size int) (dir string, count int) {
	t.Helper()
	dir = newStore(t, 100)
	return dir, crash(t, dir, size, 60)
}

// wantCorrupt checks that neither a reader nor a writer opens the store, and
// that neither changed a file.
func wantCorrupt(t *testing.T, dir string) {
	t.Helper()
	before := snapshot(t, dir)
	for _, readOnly := range []bool{true, false} {
		s, err := badgerstore.Open(t.Context(), dir, store.Options{ReadOnly: readOnly})
		if err == nil {
			s.Close()
		}
		if !errors.Is(err, store.ErrCorrupt) {
			t.Errorf("opening, read-only %v: %v, want ErrCorrupt", readOnly, err)
		}
	}
	wantUnchanged(t, before, snapshot(t, dir))
}

// wantUnchanged compares two snapshots.
func wantUnchanged(t *testing.T, before, after map[string][]byte) {
	t.Helper()
	for name, b := range before {
		if !bytes.Equal(after[name], b) {
			t.Errorf("%s was changed", name)
		}
	}
	if len(after) != len(before) {
		t.Errorf("%d files became %d", len(before), len(after))
	}
}

// snapshot reads all files of a store; of the ballast, which says nothing, the
// size.
func snapshot(t *testing.T, dir string) map[string][]byte {
	t.Helper()
	files := make(map[string][]byte)
	err := filepath.WalkDir(dir, func(path string, e os.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		if e.Name() == "ballast" {
			info, err := e.Info()
			if err == nil {
				files[path] = fmt.Append(nil, info.Size())
			}
			return err
		}
		if runtime.GOOS == "windows" && e.Name() == "LOCK" {
			return nil // Badger's, empty, and nobody else's while it is open
		}
		b, err := os.ReadFile(path)
		files[path] = b
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// glob returns the files of the database with that pattern, at least one.
func glob(t *testing.T, dir, pattern string) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "db", pattern))
	if err != nil || len(files) == 0 {
		t.Fatalf("no %s: %v", pattern, err)
	}
	return files
}

func TestMissingLogAfterCrash(t *testing.T) {
	t.Parallel()
	dir, _ := crashed(t, 200)
	for _, name := range glob(t, dir, "*.mem") {
		if err := os.Remove(name); err != nil {
			t.Fatal(err)
		}
	}
	wantCorrupt(t, dir)
	for _, name := range glob(t, dir, "LOCK") { // as if it had been closed
		if err := os.Remove(name); err != nil {
			t.Fatal(err)
		}
	}
	wantCorrupt(t, dir)
}

// Damage to the log before its last transaction is told from its end.
func TestDamagedLogAfterCrash(t *testing.T) {
	t.Parallel()
	dir, _ := crashed(t, 200)
	name := glob(t, dir, "*.mem")[0]
	for _, at := range []int64{3, 25, 500, 3000, 9000} {
		undo := flip(t, name, at, 0x10)
		wantCorrupt(t, dir)
		undo()
	}
	s := mustOpen(t, dir, store.Options{ReadOnly: true})
	wantWritten(t, s, 200, 60)
	s.Close()
}

func TestDamagedValueLogAfterCrash(t *testing.T) {
	t.Parallel()
	const size = 70_000
	dir, count := crashed(t, size)
	files := glob(t, dir, "*.vlog")
	name := files[len(files)-1]
	for _, at := range []int64{30, 5000, 3 * size} {
		undo := flip(t, name, at, 0x10)
		wantCorrupt(t, dir)
		undo()
	}
	s := mustOpen(t, dir, store.Options{})
	defer s.Close()
	wantWritten(t, s, size, count)
}

// flip changes bits of one byte, and returns what changes them back.
func flip(t *testing.T, name string, at int64, bits byte) (undo func()) {
	t.Helper()
	f, err := os.OpenFile(name, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var b [1]byte
	if _, err := f.ReadAt(b[:], at); err != nil {
		t.Fatal(err)
	}
	b[0] ^= bits
	if _, err := f.WriteAt(b[:], at); err != nil {
		t.Fatal(err)
	}
	return func() { flip(t, name, at, bits) }
}

// A crash between making a file and filling it leaves an empty one; a crash
// while Badger rewrites its MANIFEST leaves the new one.
func TestUnfinishedFiles(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"00001.mem", "000099.vlog", "MANIFEST-REWRITE", "LOCK"} {
		dir := newStore(t, 100)
		if err := os.WriteFile(filepath.Join(dir, "db", name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
		s := mustOpen(t, dir, store.Options{ReadOnly: true})
		wantEntries(t, s, 100)
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// A recovery that is killed at any point leaves what the next one needs.
func TestInterruptedRecovery(t *testing.T) {
	t.Parallel()
	move := func(from, to string) func(dir string) error {
		return func(dir string) error { return os.Rename(filepath.Join(dir, from), filepath.Join(dir, to)) }
	}
	clone := func(to string) func(dir string) error {
		return func(dir string) error { return os.CopyFS(filepath.Join(dir, to), os.DirFS(filepath.Join(dir, "db"))) }
	}
	spoil := func(name string) func(dir string) error {
		return func(dir string) error { return os.Truncate(filepath.Join(dir, name, "MANIFEST"), 3) }
	}
	for name, steps := range map[string][]func(dir string) error{
		"while setting aside":  {clone("db.part"), spoil("db.part")},
		"while replaying":      {clone("db.aside"), spoil("db")},
		"while putting back":   {clone("db.aside"), move("db", "db.old"), spoil("db.old")},
		"after putting back":   {clone("db.old"), spoil("db.old")},
		"while dropping":       {clone("db.part"), spoil("db.part"), clone("db.old")},
		"while purging":        {clone("db.new"), spoil("db.new")},
		"between the renames":  {move("db", "db.new"), func(d string) error { return os.Mkdir(filepath.Join(d, "db.old"), 0o700) }},
		"with an aside though": {clone("db.aside"), spoil("db"), clone("db.old")},
	} {
		t.Run(name, func(t *testing.T) {
			dir := newStore(t, 50)
			for _, step := range steps {
				if err := step(dir); err != nil {
					t.Fatal(err)
				}
			}
			for _, sub := range []string{"db.aside", "db.new", "db"} {
				_ = os.Chmod(filepath.Join(dir, sub), 0o700)
			}
			s := mustOpen(t, dir, store.Options{ReadOnly: true})
			wantEntries(t, s, 50)
			s.Close()
			s = mustOpen(t, dir, store.Options{})
			wantEntries(t, s, 50)
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
			wantOnly(t, dir, "ballast", "db", "lock")
		})
	}
}

// TestTornEnd cuts the log inside its last transaction: that one was never
// acknowledged as far as the log can tell, all others are there.
func TestTornEnd(t *testing.T) {
	t.Parallel()
	dir, count := crashed(t, 200)
	name := glob(t, dir, "*.mem")[0]
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	end := len(bytes.TrimRight(b, "\x00"))
	flip(t, name, int64(end-10), 0xff)
	s := mustOpen(t, dir, store.Options{ReadOnly: true})
	defer s.Close()
	wantWritten(t, s, 200, count-1)
}

// Who opens the store is asked before the files as they were are given up, and
// has them back where it refuses what its log has become.
func TestRefusedReplay(t *testing.T) {
	t.Parallel()
	dir, count := crashed(t, 200)
	before := snapshot(t, dir)
	refused := errors.New("refused")
	for _, readOnly := range []bool{true, false} {
		asked := false
		_, err := badgerstore.Open(t.Context(), dir, store.Options{ReadOnly: readOnly, Replayed: func(r store.Reader) error {
			asked = true
			key, value := childEntry(count-1, 200)
			if got, err := r.Get(key); err != nil || !bytes.Equal(got, value) {
				t.Errorf("what is shown lacks the last entry: %v", err)
			}
			return refused
		}})
		if !asked || !errors.Is(err, refused) {
			t.Fatalf("asked: %v; %v", asked, err)
		}
		wantUnchanged(t, before, snapshot(t, dir))
	}
	s := mustOpen(t, dir, store.Options{Replayed: func(store.Reader) error { return nil }})
	defer s.Close()
	wantWritten(t, s, 200, count)
}
