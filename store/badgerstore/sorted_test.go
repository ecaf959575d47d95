package badgerstore

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/dgraph-io/badger/v4/y"
	"github.com/tacit-vault/tacit/store"
	"github.com/tacit-vault/tacit/store/badgerfiles"
	"github.com/tacit-vault/tacit/store/storedir"
)

// entriesOf are the keys k0 to kn, each with a value.
func entriesOf(n int) (keys [][]byte, values []y.ValueStruct) {
	for i := range n {
		keys = append(keys, y.KeyWithTs(fmt.Appendf(nil, "k%05d", i), uint64(i+1)))
		values = append(values, y.ValueStruct{Value: fmt.Appendf(nil, "value %d", i), UserMeta: 1})
	}
	return keys, values
}

func writeTables(t *testing.T, dir string, next uint64, keys [][]byte, values []y.ValueStruct) []uint64 {
	t.Helper()
	w := &tableWriter{dir: dir, next: next, size: 64 << 10}
	defer w.close()
	for i := range keys {
		if err := w.add(keys[i], values[i]); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.flush(); err != nil {
		t.Fatal(err)
	}
	return w.written
}

// What is merged is compared entry by entry.
func TestMergedIsCompared(t *testing.T) {
	t.Parallel()
	const n = 5000
	keys, values := entriesOf(n)
	wanted := func(fn func(key []byte, v y.ValueStruct) error) error {
		for i := range keys {
			if err := fn(keys[i], values[i]); err != nil {
				return err
			}
		}
		return nil
	}
	for name, change := range map[string]func(keys [][]byte, values []y.ValueStruct) ([][]byte, []y.ValueStruct){
		"the same":             nil,
		"the first is missing": func(k [][]byte, v []y.ValueStruct) ([][]byte, []y.ValueStruct) { return k[1:], v[1:] },
		"the last is missing":  func(k [][]byte, v []y.ValueStruct) ([][]byte, []y.ValueStruct) { return k[:n-1], v[:n-1] },
		"one too many": func(k [][]byte, v []y.ValueStruct) ([][]byte, []y.ValueStruct) {
			return append(k, y.KeyWithTs([]byte("k99999"), 1)), append(v, v[0])
		},
		"another value": func(k [][]byte, v []y.ValueStruct) ([][]byte, []y.ValueStruct) {
			v[n/2].Value = v[0].Value
			return k, v
		},
		"another mark": func(k [][]byte, v []y.ValueStruct) ([][]byte, []y.ValueStruct) { v[n/2].Meta = bitDelete; return k, v },
		"another version": func(k [][]byte, v []y.ValueStruct) ([][]byte, []y.ValueStruct) {
			k[7] = y.KeyWithTs(y.ParseKey(k[7]), 1)
			return k, v
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			k, v := entriesOf(n)
			if change != nil {
				k, v = change(k, v)
			}
			ids := writeTables(t, dir, 1, k, v)
			if len(ids) < 2 {
				t.Fatal("one table only")
			}
			tables, err := openTables(dir, ids)
			if err != nil {
				t.Fatal(err)
			}
			defer tables.close()
			if err := tables.sameAs(wanted); (err == nil) != (change == nil) || err != nil && !errors.Is(err, store.ErrCorrupt) {
				t.Errorf("compared: %v", err)
			}
		})
	}
}

// Where merging fails, for a damaged table or because none can be made, the
// database stays what it is.
func TestMergeFails(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	var b *Store
	for i := range badgerfiles.ManyTables {
		var err error
		if b, err = Open(t.Context(), dir, store.Options{Create: i == 0}); err != nil {
			t.Fatal(err)
		}
		err = b.Update(func(w store.Writer) error { return w.Put(fmt.Appendf(nil, "k%d", i), make([]byte, 1000)) })
		if i < badgerfiles.ManyTables-1 {
			err = errors.Join(err, b.Close())
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	defer b.lock.Close()
	if err := b.shut(b.db); err != nil {
		t.Fatal(err)
	}
	s, err := badgerfiles.Read(b.folder.path(storedir.DatabaseName))
	if err = errors.Join(err, s.ReadManifest()); err != nil {
		t.Fatal(err)
	}
	plan, ok := badgerfiles.PlanMerge(s.Runs())
	if !ok || len(plan.Tables) != badgerfiles.ManyTables {
		t.Fatalf("the plan is %v of %v", plan, s.Tables)
	}
	if made, err := mergeTables(filepath.Join(dir, "nowhere"), s, plan); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("without a folder: %v, %v", made, err)
	}

	name := filepath.Join(s.Dir, badgerfiles.TableName(s.Tables[2]))
	content, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	content[len(content)/4] ^= 1
	if err := os.WriteFile(name, content, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := b.folder.merge(0); !errors.Is(err, store.ErrCorrupt) {
		t.Errorf("with a damaged table: %v, want ErrCorrupt", err)
	}
	after, err := badgerfiles.Read(b.folder.path(storedir.DatabaseName))
	if err != nil || !slices.Equal(after.Tables, s.Tables) || b.folder.exists(storedir.PartName) || b.folder.exists(storedir.NewName) {
		t.Errorf("now there are %v, %v", after.Tables, err)
	}

	content[len(content)/4] ^= 1
	if err := os.WriteFile(name, content, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := b.folder.merge(0); err != nil {
		t.Fatal(err)
	}
	if after, err = badgerfiles.Read(b.folder.path(storedir.DatabaseName)); err != nil || len(after.Tables) != 1 {
		t.Errorf("merged there are %v, %v", after.Tables, err)
	}
}
