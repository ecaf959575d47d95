package badgerstore_test

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"github.com/tacit-vault/tacit/store"
	"github.com/tacit-vault/tacit/store/badgerstore"
)

func TestOpenErrors(t *testing.T) {
	t.Parallel()
	empty := t.TempDir()
	for _, o := range []store.Options{{}, {ReadOnly: true}} {
		if _, err := badgerstore.Open(t.Context(), empty, o); !errors.Is(err, store.ErrNoStore) {
			t.Errorf("no store there: %v, want ErrNoStore", err)
		}
	}
	wantOnly(t, empty)
	if _, err := badgerstore.Open(t.Context(), empty, store.Options{Create: true, ReadOnly: true}); !errors.Is(err, store.ErrReadOnly) {
		t.Errorf("creating read-only: %v, want ErrReadOnly", err)
	}
	dir := newStore(t, 10)
	if _, err := badgerstore.Open(t.Context(), dir, store.Options{Create: true}); !errors.Is(err, store.ErrExists) {
		t.Errorf("creating twice: %v, want ErrExists", err)
	}
	s := mustOpen(t, dir, store.Options{ReadOnly: true})
	defer s.Close()
	wantEntries(t, s, 10)
	for name, err := range map[string]error{
		"update": s.Update(func(store.Writer) error { return nil }),
		"purge":  s.Purge(t.Context()),
		"space":  s.CheckSpace(1),
	} {
		if !errors.Is(err, store.ErrReadOnly) {
			t.Errorf("%s of a reader: %v, want ErrReadOnly", name, err)
		}
	}
}

func TestCreateIsPrivate(t *testing.T) {
	t.Parallel()
	dir := newStore(t, 10)
	wantOnly(t, dir, "ballast", "db", "lock")
	err := filepath.WalkDir(dir, func(path string, e os.DirEntry, err error) error {
		if err != nil || path == dir {
			return err
		}
		info, err := e.Info()
		if err == nil && info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s has mode %v", path, info.Mode())
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestUnsafeFolder(t *testing.T) {
	t.Parallel()
	dir := newStore(t, 10)
	db := filepath.Join(dir, "db")
	wantUnsafe := func() {
		t.Helper()
		for _, readOnly := range []bool{true, false} {
			if _, err := badgerstore.Open(t.Context(), dir, store.Options{ReadOnly: readOnly}); !errors.Is(err, store.ErrUnsafe) {
				t.Errorf("read-only %v: %v, want ErrUnsafe", readOnly, err)
			}
		}
	}
	for _, mode := range []os.FileMode{0o750, 0o701, 0o777} {
		if err := os.Chmod(db, mode); err != nil {
			t.Fatal(err)
		}
		wantUnsafe()
	}
	if err := os.Chmod(db, 0o700); err != nil {
		t.Fatal(err)
	}
	if os.Geteuid() == 0 {
		if err := os.Chown(db, 12345, -1); err != nil {
			t.Fatal(err)
		}
		wantUnsafe()
		if err := os.Chown(db, 0, -1); err != nil {
			t.Fatal(err)
		}
	}
	elsewhere := filepath.Join(t.TempDir(), "db")
	if err := errors.Join(os.Rename(db, elsewhere), os.Symlink(elsewhere, db)); err != nil {
		t.Fatal(err)
	}
	wantUnsafe()
}

func TestMissingFiles(t *testing.T) {
	t.Parallel()
	for _, pattern := range []string{"MANIFEST", "KEYREGISTRY", "*.sst"} {
		t.Run(pattern, func(t *testing.T) {
			dir := newStore(t, 100)
			for _, name := range glob(t, dir, pattern) {
				if err := os.Remove(name); err != nil {
					t.Fatal(err)
				}
			}
			wantCorrupt(t, dir)
		})
	}
	t.Run("all", func(t *testing.T) {
		dir := newStore(t, 100)
		for _, name := range glob(t, dir, "*") {
			if err := os.Remove(name); err != nil {
				t.Fatal(err)
			}
		}
		wantCorrupt(t, dir)
	})
}

func TestStrangeFiles(t *testing.T) {
	t.Parallel()
	for name, plant := range map[string]func(db string) error{
		"symlink":         func(db string) error { return os.Symlink("MANIFEST", filepath.Join(db, "000077.sst")) },
		"folder":          func(db string) error { return os.Mkdir(filepath.Join(db, "sub"), 0o700) },
		"unknown table":   func(db string) error { return os.WriteFile(filepath.Join(db, "000077.sst"), []byte("x"), 0o600) },
		"misnamed table":  func(db string) error { return os.WriteFile(filepath.Join(db, "7.sst"), []byte("x"), 0o600) },
		"misnamed log":    func(db string) error { return os.WriteFile(filepath.Join(db, "x.mem"), nil, 0o600) },
		"linked manifest": func(db string) error { return swapForLink(filepath.Join(db, "MANIFEST")) },
		"gap in logs": func(db string) error {
			return errors.Join(os.WriteFile(filepath.Join(db, "00001.mem"), nil, 0o600), os.WriteFile(filepath.Join(db, "00003.mem"), nil, 0o600))
		},
	} {
		t.Run(name, func(t *testing.T) {
			dir := newStore(t, 10)
			if err := plant(filepath.Join(dir, "db")); err != nil {
				t.Fatal(err)
			}
			wantCorrupt(t, dir)
		})
	}
}

func swapForLink(name string) error {
	return errors.Join(os.Rename(name, name+".real"), os.Symlink(filepath.Base(name)+".real", name))
}

func TestLockIsNoLink(t *testing.T) {
	t.Parallel()
	dir := newStore(t, 10)
	lock := filepath.Join(dir, "lock")
	if err := errors.Join(os.Rename(lock, lock+".real"), os.Symlink("lock.real", lock)); err != nil {
		t.Fatal(err)
	}
	if s, err := badgerstore.Open(t.Context(), dir, store.Options{}); err == nil {
		s.Close()
		t.Error("opened through a link")
	}
}

// Every byte of MANIFEST and KEYREGISTRY counts, and so does every length.
func TestDamagedManifest(t *testing.T) {
	t.Parallel()
	dir := newStore(t, 100)
	for range 2 { // some history
		s := mustOpen(t, dir, store.Options{})
		fill(t, s, 0, 1)
		s.Close()
	}
	for _, pattern := range []string{"MANIFEST", "KEYREGISTRY"} {
		name := glob(t, dir, pattern)[0]
		whole, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		from := 0
		if pattern == "KEYREGISTRY" {
			from = 16 // random bytes before
		}
		for i := from; i < len(whole); i++ {
			b := bytes.Clone(whole)
			b[i] ^= 1 << (i % 8)
			wantRefused(t, dir, name, b, fmt.Sprintf("%s, byte %d altered", pattern, i))
			wantRefused(t, dir, name, whole[:i], fmt.Sprintf("%s, cut at %d", pattern, i))
		}
		if err := os.WriteFile(name, whole, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	s := mustOpen(t, dir, store.Options{ReadOnly: true})
	defer s.Close()
	wantEntries(t, s, 100)
}

// wantRefused writes b into the file and checks that a reader refuses it, and
// in one case of ten a writer.
func wantRefused(t *testing.T, dir, name string, b []byte, what string) {
	t.Helper()
	if err := os.WriteFile(name, b, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, readOnly := range []bool{true, false} {
		s, err := badgerstore.Open(t.Context(), dir, store.Options{ReadOnly: readOnly})
		if err == nil {
			s.Close()
		}
		if !errors.Is(err, store.ErrCorrupt) {
			t.Fatalf("%s, read-only %v: %v, want ErrCorrupt", what, readOnly, err)
		}
	}
}

// Damage anywhere in a table is found by who looks at all files. An open refuses
// damage to the parts that Badger trusts, and otherwise a read returns what is there
// or an error: it never ends the process.
func TestDamagedTables(t *testing.T) {
	t.Parallel()
	const entries = 300
	dir := newStore(t, entries)
	name := glob(t, dir, "*.sst")[0]
	info, err := os.Stat(name)
	if err != nil {
		t.Fatal(err)
	}
	rng := rand.New(rand.NewPCG(11, 0))
	var places []int64
	for at := info.Size() - 40; at < info.Size(); at++ {
		places = append(places, at) // index length, checksum, its length
	}
	tries := 400
	if testing.Short() {
		tries = 40
	}
	for range tries {
		places = append(places, rng.Int64N(info.Size()))
	}
	for range tries { // the index and the last block
		places = append(places, info.Size()-1-rng.Int64N(8<<10))
	}
	refused := 0
	for _, at := range places {
		undo := flip(t, name, at, 1<<rng.IntN(8))
		for _, readOnly := range []bool{true, false} {
			s, err := badgerstore.Open(t.Context(), dir, store.Options{ReadOnly: readOnly})
			switch {
			case errors.Is(err, store.ErrCorrupt):
				refused++
				continue
			case err != nil:
				t.Fatalf("byte %d: %v", at, err)
			}
			readAll(t, s, entries)
			if err := s.CheckFiles(); !errors.Is(err, store.ErrCorrupt) {
				t.Errorf("byte %d of %d, read-only %v: the files are looked at: %v, want ErrCorrupt", at, info.Size(), readOnly, err)
			}
			if err := s.Close(); err != nil {
				t.Errorf("byte %d: closing: %v", at, err)
			}
		}
		undo()
	}
	if refused == 0 || refused == 2*len(places) {
		t.Errorf("%d of %d opens were refused", refused, 2*len(places))
	}
	for _, size := range []int64{0, 1, 4, 100, info.Size() / 2, info.Size() - 1} {
		whole, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, whole[:size], 0o600); err != nil {
			t.Fatal(err)
		}
		wantCorrupt(t, dir)
		if err := os.WriteFile(name, whole, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	s := mustOpen(t, dir, store.Options{})
	defer s.Close()
	wantEntries(t, s, entries)
}

// readAll reads everything from a store that may be damaged.
func readAll(t *testing.T, s store.Store, entries int) {
	t.Helper()
	err := s.View(func(r store.Reader) error {
		for i := range entries {
			key, _ := entry(i)
			if _, err := r.Get(key); err != nil && !errors.Is(err, store.ErrCorrupt) && !errors.Is(err, store.ErrNotFound) {
				return err
			}
		}
		count := 0
		for _, err := range r.Keys(nil, nil) {
			if err != nil && !errors.Is(err, store.ErrCorrupt) {
				return err
			}
			if count++; count > 10*entries {
				return errors.New("keys without end")
			}
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}

// A table that shrinks while it is open faults, and the fault is an error.
func TestTableShrinksWhileOpen(t *testing.T) {
	t.Parallel()
	const entries = 3000
	dir := newStore(t, entries)
	s := mustOpen(t, dir, store.Options{ReadOnly: true})
	defer s.Close()
	for _, name := range glob(t, dir, "*.sst") {
		if err := os.Truncate(name, 0); err != nil {
			t.Fatal(err)
		}
	}
	err := s.View(func(r store.Reader) error {
		key, _ := entry(1)
		_, err := r.Get(key)
		return err
	})
	if !errors.Is(err, store.ErrCorrupt) {
		t.Errorf("got %v, want ErrCorrupt", err)
	}
}

// withLarge makes a store with three large values in its first value log and
// one in another.
func withLarge(t *testing.T) (dir string, value []byte) {
	t.Helper()
	dir = t.TempDir()
	value = bytes.Repeat([]byte("0123456789"), 20_000)
	for session := range 2 {
		s := mustOpen(t, dir, store.Options{Create: session == 0})
		for i := range 3 - 2*session {
			err := s.Update(func(w store.Writer) error { return w.Put(fmt.Appendf(nil, "%d/%d", session, i), value) })
			if err != nil {
				t.Fatal(err)
			}
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
	return dir, value
}

// A damaged value is an error or wrong bytes, which the caller can tell; it
// neither ends the process nor keeps the store from closing.
func TestDamagedValueLog(t *testing.T) {
	t.Parallel()
	dir, value := withLarge(t)
	files := glob(t, dir, "*.vlog")
	// What a writer would cut off, it refuses.
	undo := flip(t, files[len(files)-1], 5000, 1)
	if s, err := badgerstore.Open(t.Context(), dir, store.Options{}); !errors.Is(err, store.ErrCorrupt) {
		t.Fatalf("damage to the newest value log: %v, %v, want ErrCorrupt", s, err)
	}
	undo()
	name := files[0]
	for _, at := range []int64{0, 7} { // the key that a log without encryption does not have
		undo := flip(t, name, at, 1)
		wantCorrupt(t, dir)
		undo()
	}
	corrupt := 0
	for _, at := range []int64{20, 21, 22, 23, 24, 25, 26, 30, 1000, 200_060, 200_070} {
		for _, bits := range []byte{0x01, 0x80, 0xff} {
			undo := flip(t, name, at, bits)
			for _, readOnly := range []bool{true, false} {
				s := mustOpen(t, dir, store.Options{ReadOnly: readOnly})
				if !readOnly {
					fill(t, s, 0, 1)
				}
				err := s.View(func(r store.Reader) error {
					for i := range 3 {
						got, err := r.Get(fmt.Appendf(nil, "0/%d", i))
						if err != nil && !errors.Is(err, store.ErrCorrupt) {
							return err
						}
						if err != nil || !bytes.Equal(got, value) {
							corrupt++
						}
					}
					return nil
				})
				if err != nil {
					t.Errorf("byte %d: %v", at, err)
				}
				if err := s.Close(); err != nil {
					t.Errorf("byte %d: closing: %v", at, err)
				}
			}
			undo()
		}
	}
	if corrupt == 0 {
		t.Error("no damage was noticed")
	}
	if err := os.Remove(name); err != nil {
		t.Fatal(err)
	}
	s := mustOpen(t, dir, store.Options{ReadOnly: true})
	defer s.Close()
	err := s.View(func(r store.Reader) error {
		if _, err := r.Get([]byte("0/1")); !errors.Is(err, store.ErrCorrupt) {
			t.Errorf("a value of a missing log: %v, want ErrCorrupt", err)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}

// Badger's statistics are dropped where their file would make it panic.
func TestDamagedStatistics(t *testing.T) {
	t.Parallel()
	dir := newStore(t, 100)
	for _, size := range []int64{0, 5, 1 << 20, 1<<20 + 7} {
		if err := os.Truncate(glob(t, dir, "DISCARD")[0], size); err != nil {
			t.Fatal(err)
		}
		s := mustOpen(t, dir, store.Options{})
		wantEntries(t, s, 100)
		fill(t, s, 0, 10)
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
}
