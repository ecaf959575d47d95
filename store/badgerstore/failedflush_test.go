package badgerstore

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/tacit-vault/tacit/store"
	"github.com/tacit-vault/tacit/store/badgerfiles"
	"github.com/tacit-vault/tacit/store/storedir"
)

// The disk's errors while Badger writes out its memory leave traces that are no
// damage, and the store opens as if they were not there.
func TestFailedFlush(t *testing.T) {
	t.Parallel()
	value := bytes.Repeat([]byte("large"), 20_000)
	for name, trace := range map[string]func(t *testing.T, b *Store){
		// A value log that could not be cut to its length.
		"a long log": func(t *testing.T, b *Store) {
			s := filesOf(t, b)
			if err := os.Truncate(filepath.Join(s.Dir, "000001.vlog"), 2*badgerfiles.ValueLogSize); err != nil {
				t.Fatal(err)
			}
		},
		// A table that could not be synced, and was written again under another name.
		"a table written twice": func(t *testing.T, b *Store) {
			s := filesOf(t, b)
			whole := plant(t, s, 1, nil)
			plant(t, s, 2, whole[:len(whole)/2])
			plant(t, s, 3, make([]byte, len(whole)))
			b.log.Errorf("error flushing memtable to disk")
			if err := unlist(b.folder.path(storedir.DatabaseName), b.lastTable); err != nil {
				t.Fatal(err)
			}
			if after := filesOf(t, b); len(after.Tables) != len(s.Tables) {
				t.Errorf("%v are there", after.Tables)
			}
		},
		// One that a process left that was stopped before it could clear up.
		"a table left behind": func(t *testing.T, b *Store) { plant(t, filesOf(t, b), 1, nil) },
		// Tables that were put into a MANIFEST that could not be synced then.
		"a table listed twice": func(t *testing.T, b *Store) {
			s := filesOf(t, b)
			list(t, s, s.LastTable()+1)
			list(t, s, s.LastTable()+2)
			before, err := os.ReadFile(filepath.Join(s.Dir, badgerfiles.ManifestName))
			if err != nil {
				t.Fatal(err)
			}
			b.log.Errorf("error flushing memtable to disk")
			if err := unlist(b.folder.path(storedir.DatabaseName), b.lastTable); err != nil {
				t.Fatal(err)
			}
			if after, err := os.ReadFile(filepath.Join(s.Dir, badgerfiles.ManifestName)); err != nil || !bytes.HasPrefix(after, before) {
				t.Errorf("another MANIFEST is written, which a disk that has just failed may not allow (%v)", err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			b, err := Open(t.Context(), dir, store.Options{Create: true})
			if err != nil {
				t.Fatal(err)
			}
			err = b.Update(func(w store.Writer) error { return errors.Join(w.Put([]byte("k"), value), w.Put([]byte("l"), nil)) })
			if err = errors.Join(err, b.Close()); err != nil {
				t.Fatal(err)
			}
			trace(t, b)
			for _, readOnly := range []bool{true, false, true} {
				b, err := Open(t.Context(), dir, store.Options{ReadOnly: readOnly})
				if err != nil {
					t.Fatal(err)
				}
				err = b.View(func(r store.Reader) error {
					got, err := r.Get([]byte("k"))
					if !bytes.Equal(got, value) {
						t.Errorf("%d bytes", len(got))
					}
					return err
				})
				if err == nil && !readOnly {
					err = b.Update(func(w store.Writer) error { return w.Put([]byte("m"), nil) })
				}
				if err := errors.Join(err, b.Close()); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
}

// What no session knows to be a trace is damage.
func TestMissingTableIsDamage(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	b, err := Open(t.Context(), dir, store.Options{Create: true})
	if err = errors.Join(err, b.Update(func(w store.Writer) error { return w.Put([]byte("k"), nil) }), b.Close()); err != nil {
		t.Fatal(err)
	}
	s := filesOf(t, b)
	list(t, s, s.LastTable()+1)
	if _, err := Open(t.Context(), dir, store.Options{}); !errors.Is(err, store.ErrCorrupt) {
		t.Errorf("a listed table is missing: %v, want ErrCorrupt", err)
	}
}

// plant writes a table behind the last one, by default with the same content,
// which it returns.
func plant(t *testing.T, s *badgerfiles.Set, after uint64, content []byte) []byte {
	t.Helper()
	if content == nil {
		var err error
		if content, err = os.ReadFile(filepath.Join(s.Dir, badgerfiles.TableName(s.LastTable()))); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(s.Dir, badgerfiles.TableName(s.LastTable()+after)), content, 0o600); err != nil {
		t.Fatal(err)
	}
	return content
}

func filesOf(t *testing.T, b *Store) *badgerfiles.Set {
	t.Helper()
	s, err := badgerfiles.Read(b.folder.path(storedir.DatabaseName))
	if err = errors.Join(err, s.ReadManifest()); err != nil {
		t.Fatal(err)
	}
	return s
}

// list appends to the MANIFEST that there is a table on the first level.
func list(t *testing.T, s *badgerfiles.Set, id uint64) {
	t.Helper()
	f, err := os.OpenFile(filepath.Join(s.Dir, badgerfiles.ManifestName), os.O_WRONLY|os.O_APPEND, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := f.Write( /* without the magic */ badgerfiles.Manifest{Tables: map[uint64]int{id: 0}}.Encode()[8:]); err != nil {
		t.Fatal(err)
	}
}

// The newest table, listed and deleted while its log is still there, is brought
// back from the log; no other is given up.
func TestMissingTableInLog(t *testing.T) {
	t.Parallel()
	for name, id := range map[string]uint64{"the newest": 1, "one before it": 0} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			for i := range 2 {
				b, err := Open(t.Context(), dir, store.Options{Create: i == 0})
				if err = errors.Join(err, b.Update(func(w store.Writer) error { return w.Put([]byte{'a' + byte(i)}, nil) })); err != nil {
					t.Fatal(err)
				}
				if i == 0 {
					if err := b.Close(); err != nil {
						t.Fatal(err)
					}
					continue
				}
				// As a process leaves it that ends here.
				crashed := filepath.Join(t.TempDir(), "crashed")
				if err := errors.Join(os.CopyFS(crashed, os.DirFS(dir)), os.Chmod(filepath.Join(crashed, storedir.DatabaseName), 0o700), b.Close()); err != nil {
					t.Fatal(err)
				}
				dir = crashed
			}
			s := filesOf(t, &Store{folder: folder{dir}})
			list(t, s, s.LastTable()+1)
			if id == 0 {
				if err := os.Remove(filepath.Join(s.Dir, badgerfiles.TableName(s.LastTable()))); err != nil {
					t.Fatal(err)
				}
			}
			b, err := Open(t.Context(), dir, store.Options{ReadOnly: true})
			if id == 0 {
				if !errors.Is(err, store.ErrCorrupt) {
					t.Errorf("%v, want ErrCorrupt", err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			defer b.Close()
			for _, key := range []string{"a", "b"} {
				if err := b.View(func(r store.Reader) error { _, err := r.Get([]byte(key)); return err }); err != nil {
					t.Error(key, err)
				}
			}
		})
	}
}
