package badgerstore_test

import (
	"errors"
	"os"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/tacit-vault/tacit/store"
	"github.com/tacit-vault/tacit/store/badgerfiles"
	"github.com/tacit-vault/tacit/store/badgerstore"
)

// A dueStore has so many tables that the next session merges the small ones. Its
// large table is not among them.
type dueStore struct {
	dir          string
	large, small string // paths of tables that have several blocks
	entries      int
}

func newDueStore(t *testing.T) dueStore {
	t.Helper()
	const large, small = 3000, 40
	d := dueStore{dir: newStore(t, large), entries: large}
	d.large = glob(t, d.dir, "*.sst")[0]
	for range badgerfiles.ManyTables - 1 {
		s := mustOpen(t, d.dir, store.Options{})
		fill(t, s, d.entries, d.entries+small)
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		d.entries += small
	}
	tables := glob(t, d.dir, "*.sst")
	if len(tables) != badgerfiles.ManyTables {
		t.Fatalf("%d tables", len(tables))
	}
	d.small = tables[len(tables)/2]
	return d
}

// session writes 40 more entries, and returns what the store warned about.
func (d *dueStore) session(t *testing.T) (warned error) {
	t.Helper()
	s, err := badgerstore.Open(t.Context(), d.dir, store.Options{Warn: func(err error) { warned = errors.Join(warned, err) }})
	if err != nil {
		t.Fatal(err)
	}
	fill(t, s, d.entries, d.entries+40)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	d.entries += 40
	return warned
}

// damage changes a byte of the first block of a table, which no open looks at.
func damage(t *testing.T, table string) (undo func(), bad []byte) {
	t.Helper()
	undo = flip(t, table, 100, 1)
	bad, err := os.ReadFile(table)
	if err != nil {
		t.Fatal(err)
	}
	return undo, bad
}

func wantFilesCorrupt(t *testing.T, dir string) {
	t.Helper()
	for _, readOnly := range []bool{true, false} {
		s := mustOpen(t, dir, store.Options{ReadOnly: readOnly})
		if err := s.CheckFiles(); !errors.Is(err, store.ErrCorrupt) {
			t.Errorf("the files are looked at, read-only %v: %v, want ErrCorrupt", readOnly, err)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
}

// A merge takes in no damaged table, to give what is in it a checksum that fits. The
// session before it is warned, and the next one is refused: tables would pile up.
func TestMergeRefusesDamage(t *testing.T) {
	t.Parallel()
	d := newDueStore(t)
	undo, bad := damage(t, d.small)
	wantFilesCorrupt(t, d.dir)
	if warned := d.session(t); !errors.Is(warned, store.ErrCorrupt) {
		t.Errorf("the merge warned: %v, want ErrCorrupt", warned)
	}
	if after, err := os.ReadFile(d.small); err != nil || string(after) != string(bad) {
		t.Errorf("the damaged table was changed: %v", err)
	}
	if s, err := badgerstore.Open(t.Context(), d.dir, store.Options{}); !errors.Is(err, store.ErrCorrupt) {
		if err == nil {
			s.Close()
		}
		t.Errorf("another writer: %v, want ErrCorrupt", err)
	}
	undo()
	if warned := d.session(t); warned != nil {
		t.Errorf("once the table is whole again: %v", warned)
	}
	if n := len(glob(t, d.dir, "*.sst")); n != 2 {
		t.Errorf("%d tables", n)
	}
	s := mustOpen(t, d.dir, store.Options{ReadOnly: true})
	defer s.Close()
	wantEntries(t, s, d.entries)
}

// Damage in a table that no merge takes in keeps no writer from its work, and is
// there to be found as long as the table is.
func TestMergeBesideDamage(t *testing.T) {
	t.Parallel()
	d := newDueStore(t)
	undo, bad := damage(t, d.large)
	if warned := d.session(t); warned != nil {
		t.Errorf("the merge warned: %v", warned)
	}
	if n := len(glob(t, d.dir, "*.sst")); n != 2 {
		t.Errorf("%d tables", n)
	}
	for range 3 {
		d.session(t)
	}
	if after, err := os.ReadFile(d.large); err != nil || string(after) != string(bad) {
		t.Errorf("the damaged table was changed: %v", err)
	}
	wantFilesCorrupt(t, d.dir)
	s := mustOpen(t, d.dir, store.Options{})
	if err := s.Purge(t.Context()); !errors.Is(err, store.ErrCorrupt) {
		t.Errorf("a purge: %v, want ErrCorrupt", err)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	undo()
	s = mustOpen(t, d.dir, store.Options{})
	defer s.Close()
	if err := s.CheckFiles(); err != nil {
		t.Error(err)
	}
	wantEntries(t, s, d.entries)
}

// The files of a store that is being written to can be looked at.
func TestCheckFilesOfAWriter(t *testing.T) {
	t.Parallel()
	dir := newStore(t, 1000)
	s := mustOpen(t, dir, store.Options{})
	defer s.Close()
	var over atomic.Bool
	var looking sync.WaitGroup
	looking.Go(func() {
		for !over.Load() {
			if err := s.CheckFiles(); err != nil {
				t.Error(err)
			}
		}
	})
	fill(t, s, 1000, 30_000) // some of it becomes tables
	over.Store(true)
	looking.Wait()
	if err := os.Remove(glob(t, dir, "*.sst")[0]); err != nil {
		t.Skip(err) // of a file that is open
	}
	if err := s.CheckFiles(); !errors.Is(err, store.ErrCorrupt) {
		t.Errorf("a table is missing: %v, want ErrCorrupt", err)
	}
}
