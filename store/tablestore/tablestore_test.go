package tablestore_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/tacit-vault/tacit/store"
	"github.com/tacit-vault/tacit/store/badgerstore"
	"github.com/tacit-vault/tacit/store/storedir"
	"github.com/tacit-vault/tacit/store/tablestore"
)

var once = store.Options{ReadOnly: true, OneShot: true}

// made is a folder with a store of some keys, one of which has a large value where
// that is asked for.
func made(t *testing.T, large bool) (dir string) {
	t.Helper()
	dir = t.TempDir()
	for session := range 2 {
		s, err := badgerstore.Open(t.Context(), dir, store.Options{Create: session == 0})
		if err != nil {
			t.Fatal(err)
		}
		err = s.Update(func(w store.Writer) error {
			for i := range 100 {
				if err := w.Put(fmt.Appendf(nil, "k%02d", i), fmt.Appendf(nil, "%d of session %d", i, session)); err != nil {
					return err
				}
			}
			if large {
				return w.Put([]byte("k50large"), make([]byte, store.LargeValue+1))
			}
			return w.Delete([]byte("k99"))
		})
		if err := errors.Join(err, s.Close()); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// counted counts how often Badger is asked.
func counted(n *int) store.Opener {
	return func(ctx context.Context, dir string, o store.Options) (store.Store, error) {
		*n++
		return badgers(ctx, dir, o)
	}
}

func mustOpen(t *testing.T, dir string, o store.Options, next store.Opener) store.Store {
	t.Helper()
	s, err := tablestore.Before(next)(t.Context(), dir, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// What is read once is read without Badger; everything else is Badger's.
func TestWhoOpens(t *testing.T) {
	t.Parallel()
	dir := made(t, false)
	for _, test := range []struct {
		o    store.Options
		asks int
	}{
		{once, 0},
		{store.Options{ReadOnly: true}, 1},
		{store.Options{}, 1},
		{store.Options{OneShot: true}, 1},
	} {
		asked := 0
		s, err := tablestore.Before(counted(&asked))(t.Context(), dir, test.o)
		if err != nil {
			t.Fatal(err)
		}
		err = s.View(func(r store.Reader) error {
			value, err := r.Get([]byte("k07"))
			if err == nil && string(value) != "7 of session 1" {
				err = fmt.Errorf("%q", value)
			}
			return err
		})
		if err := errors.Join(err, s.Close()); err != nil || asked != test.asks {
			t.Errorf("%+v: Badger is asked %d times, %v", test.o, asked, err)
		}
	}
}

// A large value is Badger's to read, and what is read after it, also within a walk.
func TestLargeValueIsHandedOver(t *testing.T) {
	t.Parallel()
	asked := 0
	s := mustOpen(t, made(t, true), once, counted(&asked))
	err := s.View(func(r store.Reader) error {
		if _, err := r.Get([]byte("k01")); err != nil || asked != 0 {
			t.Errorf("Badger is asked %d times, %v", asked, err)
		}
		for range 2 {
			if value, err := r.Get([]byte("k50large")); err != nil || len(value) != store.LargeValue+1 {
				t.Errorf("%d bytes, %v", len(value), err)
			}
			if _, err := r.Get([]byte("k50larg")); !errors.Is(err, store.ErrNotFound) {
				t.Error(err)
			}
		}
		n := 0
		for key, err := range r.Keys([]byte("k"), nil) {
			if err != nil {
				return err
			}
			if _, err := r.Get(key); err != nil { // while a walk of Badger's is under way
				return err
			}
			n++
		}
		if n != 101 {
			t.Errorf("%d keys", n)
		}
		return nil
	})
	if err != nil || asked != 1 {
		t.Errorf("Badger is asked %d times, %v", asked, err)
	}
}

// spoilt is a folder with a store of 500 keys in many blocks of one table. After spoil
// a bit of a value in the middle is flipped, which Badger does not look at.
func spoilt(t *testing.T) (dir string, spoil func()) {
	t.Helper()
	dir = t.TempDir()
	w, err := badgerstore.Open(t.Context(), dir, store.Options{Create: true})
	if err != nil {
		t.Fatal(err)
	}
	err = w.Update(func(w store.Writer) error {
		for i := range 500 {
			if err := w.Put(fmt.Appendf(nil, "k%03d", i), bytes.Repeat([]byte{'v'}, 100)); err != nil {
				return err
			}
		}
		return nil
	})
	if err := errors.Join(err, w.Close()); err != nil {
		t.Fatal(err)
	}
	return dir, func() {
		tables, err := filepath.Glob(filepath.Join(dir, storedir.DatabaseName, "*.sst"))
		if err != nil || len(tables) != 1 {
			t.Fatal(tables, err)
		}
		b, err := os.ReadFile(tables[0])
		if err != nil {
			t.Fatal(err)
		}
		b[20_000+bytes.Index(b[20_000:], bytes.Repeat([]byte{'v'}, 50))] ^= 1
		if err := os.WriteFile(tables[0], b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// A walk that meets damage goes on with Badger where it stopped.
func TestWalkIsHandedOver(t *testing.T) {
	t.Parallel()
	dir, spoil := spoilt(t)
	spoil()
	asked := 0
	s := mustOpen(t, dir, once, counted(&asked))
	var got []string
	err := s.View(func(r store.Reader) error {
		for key, err := range r.Keys([]byte("k"), []byte("k000")) {
			if err != nil {
				return err
			}
			got = append(got, string(key))
			clear(key) // it is the caller's
		}
		return nil
	})
	if err != nil || asked != 1 || len(got) != 500 || !slices.IsSorted(got) || len(slices.Compact(got)) != 500 {
		t.Errorf("Badger is asked %d times, %d keys, %v", asked, len(got), err)
	}
}

// Where the database is not linked, the error says so.
func TestNotLinked(t *testing.T) {
	t.Parallel()
	dir := made(t, true)
	s := mustOpen(t, dir, once, store.OpenRegistered)
	err := s.View(func(r store.Reader) error {
		if _, err := r.Get([]byte("k01")); err != nil {
			t.Error(err)
		}
		_, err := r.Get([]byte("k50large"))
		return err
	})
	if !errors.Is(err, store.ErrNotLinked) {
		t.Errorf("a large value: %v", err)
	}
	if _, err := tablestore.Before(store.OpenRegistered)(t.Context(), dir, store.Options{}); !errors.Is(err, store.ErrNotLinked) {
		t.Errorf("for writing: %v", err)
	}
}

// Doubt has all that follows read by Badger, once.
func TestDoubt(t *testing.T) {
	t.Parallel()
	asked := 0
	s := mustOpen(t, made(t, false), once, counted(&asked))
	d := s.(store.Doubter)
	if d.Doubted() {
		t.Error("nobody has doubted it")
	}
	d.Doubt()
	if !d.Doubted() {
		t.Error("it is not doubted")
	}
	err := s.View(func(r store.Reader) error {
		_, err := r.Get([]byte("k01"))
		return err
	})
	if err != nil || asked != 1 {
		t.Errorf("Badger is asked %d times, %v", asked, err)
	}
}

// The lock is the one that Badger's stores take.
func TestLock(t *testing.T) {
	t.Parallel()
	dir := made(t, false)
	reader := mustOpen(t, dir, once, badgers)
	for _, beside := range []store.Opener{tablestore.Before(badgers), badgers} {
		s, err := beside(t.Context(), dir, once)
		if err != nil {
			t.Fatalf("another reader: %v", err)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
	if _, err := badgers(t.Context(), dir, store.Options{}); !errors.Is(err, store.ErrBusy) {
		t.Errorf("a writer beside a reader: %v", err)
	}
	if err := reader.Close(); err != nil {
		t.Error(err)
	}
	writer, err := badgers(t.Context(), dir, store.Options{})
	if err != nil {
		t.Fatalf("a writer after a reader: %v", err)
	}
	defer writer.Close()
	o := once
	o.Wait = 20 * time.Millisecond
	began := time.Now()
	if _, err := tablestore.Before(badgers)(t.Context(), dir, o); !errors.Is(err, store.ErrBusy) {
		t.Errorf("a reader beside a writer: %v", err)
	}
	if waited := time.Since(began); waited < o.Wait {
		t.Errorf("waited %v", waited)
	}
}

// What cannot be opened is refused with the errors of Badger's store.
func TestErrorsAreBadgers(t *testing.T) {
	t.Parallel()
	for name, spoil := range map[string]func(dir string) error{
		"no store":        func(dir string) error { return os.RemoveAll(filepath.Join(dir, "db")) },
		"no MANIFEST":     func(dir string) error { return os.Remove(filepath.Join(dir, "db", "MANIFEST")) },
		"a mode":          func(dir string) error { return os.Chmod(filepath.Join(dir, "db"), 0o755) },
		"a missing table": func(dir string) error { return os.Remove(filepath.Join(dir, "db", "000001.sst")) },
		"a log is missing": func(dir string) error {
			return os.WriteFile(filepath.Join(dir, "lock"), fmt.Appendf(nil, "%-31s\n", "open 7"), 0o600)
		},
		"a short table": func(dir string) error { return os.Truncate(filepath.Join(dir, "db", "000001.sst"), 300) },
		"a folder":      func(dir string) error { return os.Mkdir(filepath.Join(dir, "db", "x"), 0o700) },
	} {
		dir := made(t, false)
		if err := spoil(dir); err != nil {
			t.Fatal(err)
		}
		_, want := badgers(t.Context(), dir, once)
		s, err := tablestore.Before(badgers)(t.Context(), dir, once)
		if err == nil {
			s.Close()
		}
		if want == nil || err == nil || err.Error() != want.Error() {
			t.Errorf("%s: %v, want %v", name, err, want)
		}
	}
}

// The files are checked as Badger's store checks them.
func TestCheckFiles(t *testing.T) {
	t.Parallel()
	dir, spoil := spoilt(t)
	s := mustOpen(t, dir, once, badgers)
	if err := s.(store.FileChecker).CheckFiles(); err != nil {
		t.Error(err)
	}
	spoil()
	if err := s.(store.FileChecker).CheckFiles(); !errors.Is(err, store.ErrCorrupt) {
		t.Errorf("a flipped bit: %v", err)
	}
}

// An unclean stop is brought into order by Badger, and then read.
func TestUncleanStop(t *testing.T) {
	t.Parallel()
	dir := made(t, false)
	copied := t.TempDir()
	w, err := badgers(t.Context(), dir, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	err = w.Update(func(w store.Writer) error { return w.Put([]byte("late"), []byte("value")) })
	if err == nil {
		err = os.CopyFS(copied, os.DirFS(dir)) // as a kill leaves it
	}
	if err := errors.Join(err, os.Chmod(filepath.Join(copied, "db"), 0o700), w.Close()); err != nil {
		t.Fatal(err)
	}
	for _, asks := range []int{1, 0} {
		asked := 0
		s, err := tablestore.Before(counted(&asked))(t.Context(), copied, once)
		if err != nil {
			t.Fatal(err)
		}
		err = s.View(func(r store.Reader) error {
			_, err := r.Get([]byte("late"))
			return err
		})
		if err := errors.Join(err, s.Close()); err != nil || asked != asks {
			t.Errorf("Badger is asked %d times, want %d: %v", asked, asks, err)
		}
	}
}
