package badgerstore

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/dgraph-io/badger/v4/options"
	"github.com/dgraph-io/badger/v4/table"
	"github.com/dgraph-io/badger/v4/y"
	"github.com/dgraph-io/ristretto/v2/z"
	"github.com/tacit-vault/tacit/store"
	"github.com/tacit-vault/tacit/store/badgerfiles"
	"github.com/tacit-vault/tacit/store/storedir"
)

// bitDelete is what Badger marks a deletion with.
const bitDelete = 1

// tableOptions are those of the tables that Badger writes itself.
func tableOptions(size int64) table.Options {
	o := settings("", false, nil)
	return table.Options{
		ReadOnly:           true,
		TableSize:          uint64(size),
		BlockSize:          o.BlockSize,
		BloomFalsePositive: o.BloomFalsePositive,
		ChkMode:            options.NoVerification, // badgerfiles has done it
		Compression:        options.None,
	}
}

// sortedTables are tables that are open for reading.
type sortedTables []*table.Table

// openTables opens tables, whose checksums it verifies first.
func openTables(dir string, ids []uint64) (tables sortedTables, err error) {
	defer func() {
		if err != nil {
			tables.close()
		}
	}()
	check := badgerfiles.TableChecker{Full: true}
	for _, id := range ids {
		path := filepath.Join(dir, badgerfiles.TableName(id))
		if err := check.Check(path); err != nil {
			return tables, err
		}
		f, _, err := storedir.OpenRegular(path)
		if err != nil {
			return tables, err
		}
		m, err := z.OpenMmapFileUsing(f, 0, false)
		if err != nil {
			return tables, errors.Join(err, f.Close())
		}
		t, err := table.OpenTable(m, tableOptions(badgerfiles.TableSize))
		if err != nil {
			return tables, errors.Join(err, m.Close(-1))
		}
		tables = append(tables, t)
	}
	return tables, nil
}

func (tables sortedTables) close() {
	for _, t := range tables {
		_ = t.Close(-1) // DecrRef would delete the file
	}
}

// A forgetter lets go of pages of mapped tables, now and then: what was read of them
// would otherwise count as this process's memory, all of it, until it is done.
type forgetter struct {
	tables sortedTables
	read   int
}

// forgetEvery is after how many bytes.
const forgetEvery = 16 << 20

func (f *forgetter) passed(bytes int) {
	if f.read += bytes; f.read < forgetEvery {
		return
	}
	f.read = 0
	for _, t := range f.tables {
		letGoOfPages(t.Data)
	}
}

// counted counts the entries that are passed: an iterator of Badger's that fails
// looks like one that is at its end.
type counted struct {
	*table.Iterator
	passed uint32
}

func (c *counted) Next() {
	c.passed++
	c.Iterator.Next()
}

// newest calls fn with the newest entry of each key, in ascending order. What it
// gets is valid during the call.
func (tables sortedTables) newest(fn func(key []byte, v y.ValueStruct) error) error {
	counts := make([]*counted, len(tables))
	its := make([]y.Iterator, len(tables))
	for i, t := range tables {
		counts[i] = &counted{Iterator: t.NewIterator(table.NOCACHE)}
		its[i] = counts[i]
	}
	it := table.NewMergeIterator(its, false)
	defer it.Close()
	var last []byte
	forget := forgetter{tables: tables}
	for it.Rewind(); it.Valid(); it.Next() {
		key := it.Key()
		v := it.Value()
		forget.passed(len(key) + len(v.Value))
		if last != nil && y.SameKey(key, last) {
			continue // an older version
		}
		last = append(last[:0], key...)
		if err := fn(key, v); err != nil {
			return err
		}
	}
	for i, t := range tables {
		if counts[i].passed != t.KeyCount() {
			return storedir.Corrupt("%s: %d entries of %d", filepath.Base(t.Filename()), counts[i].passed, t.KeyCount())
		}
	}
	return nil
}

// A tableWriter writes entries that come in ascending order into tables of about
// the size, which it gives names from the number next on.
type tableWriter struct {
	dir     string
	next    uint64
	size    int64
	written []uint64
	builder *table.Builder
}

func (w *tableWriter) add(key []byte, v y.ValueStruct) error {
	if w.builder != nil && w.builder.ReachedCapacity() {
		if err := w.flush(); err != nil {
			return err
		}
	}
	if w.builder == nil {
		w.builder = table.NewTableBuilder(tableOptions(w.size))
	}
	w.builder.Add(key, v, 0)
	return nil
}

// flush writes the table that was begun, with calls that can fail, and not the
// way Badger does, through a mapping, where a page that finds no room ends the
// process.
func (w *tableWriter) flush() error {
	if w.builder == nil {
		return nil
	}
	content := w.builder.Finish()
	w.close()
	f, err := storedir.OpenNoFollow(filepath.Join(w.dir, badgerfiles.TableName(w.next)), os.O_WRONLY|os.O_CREATE|os.O_EXCL)
	if err != nil {
		return err
	}
	w.written = append(w.written, w.next)
	w.next++
	_, err = f.Write(content)
	return errors.Join(err, f.Sync(), f.Close())
}

// close gives the memory back.
func (w *tableWriter) close() {
	if w.builder != nil {
		w.builder.Close()
		w.builder = nil
	}
}

// sameAs tells whether the tables hold what wanted calls its function with,
// and nothing else.
func (tables sortedTables) sameAs(wanted func(fn func(key []byte, v y.ValueStruct) error) error) error {
	its := table.NewConcatIterator(tables, table.NOCACHE)
	defer its.Close()
	its.Rewind()
	forget := forgetter{tables: tables}
	err := wanted(func(key []byte, want y.ValueStruct) error {
		forget.passed(len(key) + len(want.Value))
		if !its.Valid() || !bytes.Equal(its.Key(), key) {
			return fmt.Errorf("%w: an entry got lost in merging", store.ErrCorrupt)
		}
		got := its.Value()
		if got.Meta != want.Meta || got.UserMeta != want.UserMeta || got.ExpiresAt != want.ExpiresAt || !bytes.Equal(got.Value, want.Value) {
			return fmt.Errorf("%w: an entry was altered in merging", store.ErrCorrupt)
		}
		its.Next()
		return nil
	})
	if err == nil && its.Valid() {
		return fmt.Errorf("%w: an entry came up in merging", store.ErrCorrupt)
	}
	return err
}
