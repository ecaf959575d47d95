package badgerfiles

import (
	"bytes"
	"container/heap"
	"iter"
	"maps"
	"path/filepath"
	"slices"

	"github.com/tacit-vault/tacit/store"
)

const (
	// mostTables is how many tables are opened at once, each with a descriptor. A
	// million secrets take about a hundred.
	mostTables = 1000
	// mostIndexBytes is how many bytes the indexes of all tables may have, which may
	// all be needed in memory. A million secrets take 16 MiB.
	mostIndexBytes = 64 << 20
)

// ownPrefix begins the keys that Badger keeps for itself.
var ownPrefix = []byte("!badger!")

// Tables are the tables of a database that was closed in good order. They answer
// what is asked of it, without Badger: the newest version of a key in any of them
// counts. What is returned has the right checksum, which proves nothing.
//
// They may be used by several goroutines.
type Tables struct {
	tables []*table // those that were written later come first
}

// OpenTables opens the tables that the MANIFEST names. The error is ErrHandOver
// where anything about the files is out of the ordinary, damage included.
func (s *Set) OpenTables() (*Tables, error) {
	if s.Unclean() || s.checkRegistry() != nil || s.ReadManifest() != nil || s.Manifest.Torn {
		return nil, ErrHandOver
	}
	if len(s.Tables) != len(s.Manifest.Tables) || len(s.Tables) > mostTables {
		return nil, ErrHandOver
	}
	t := &Tables{}
	var scratch []byte
	indexes := int64(0)
	for _, id := range s.byAge() {
		_, there := s.TableSizes[id]
		if !there {
			t.Close()
			return nil, ErrHandOver
		}
		table, err := openTable(filepath.Join(s.Dir, TableName(id)), &scratch)
		if err != nil {
			t.Close()
			return nil, ErrHandOver
		}
		t.tables = append(t.tables, table)
		if indexes += table.list.b.size; indexes > mostIndexBytes {
			t.Close()
			return nil, ErrHandOver
		}
	}
	return t, nil
}

// byAge are the tables that the MANIFEST names, the newest first: those of a level
// before those of the next, and on the first level the higher number.
func (s *Set) byAge() []uint64 {
	levels := s.Manifest.Tables
	return slices.SortedFunc(maps.Keys(levels), func(a, b uint64) int {
		if levels[a] != levels[b] {
			return levels[a] - levels[b]
		}
		if a > b {
			return -1
		}
		return 1
	})
}

// Close closes the files.
func (t *Tables) Close() {
	for _, table := range t.tables {
		table.file.Close()
	}
}

// Get returns a copy of the value, as store.Reader does. The error is ErrHandOver
// where Badger has to read it, and wraps store.ErrNotFound where the key is absent.
func (t *Tables) Get(key []byte) ([]byte, error) {
	seek, hash := seekKey(key), filterHash(key)
	var newest uint64
	var found []byte
	for _, table := range t.tables {
		if !table.spans(key) {
			continue
		}
		if may, err := table.mayHave(hash); err != nil {
			return nil, err
		} else if !may {
			continue
		}
		c := cursor{table: table}
		if err := c.seek(seek); err != nil {
			return nil, err
		}
		if c.key == nil {
			continue
		}
		bare, version := cutVersion(c.key)
		if !bytes.Equal(bare, key) || version <= newest {
			continue
		}
		if err := c.load(); err != nil {
			return nil, err
		}
		newest, found = version, c.value
	}
	if newest == 0 {
		return nil, store.ErrNotFound
	}
	flags, value, err := cutMeta(found)
	switch {
	case err != nil:
		return nil, err
	case flags&flagDeleted != 0:
		return nil, store.ErrNotFound
	case flags&flagPointer != 0:
		return nil, ErrHandOver
	}
	return append([]byte{}, value...), nil
}

// Keys yields copies of the keys, as store.Reader does. Where Badger has to go on,
// the error is ErrHandOver, behind the last key that was yielded.
func (t *Tables) Keys(prefix, from []byte) iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		m, err := t.merge(prefix, from)
		for {
			var key []byte
			if err == nil {
				key, err = m.following()
			}
			if err != nil {
				yield(nil, err)
				return
			}
			if key == nil || !yield(bytes.Clone(key), nil) {
				return
			}
		}
	}
}

// A merged goes through the entries of several tables, in ascending order; of two
// with one key and version the newer table's comes first. It is a heap.
type merged struct {
	cursors []*cursor // none of them at its end
	prefix  []byte
	last    []byte // the key that was looked at last, with its version
	passed  bool   // the first cursor is at that key
}

// merge begins with the first key that has the prefix and is not below from.
func (t *Tables) merge(prefix, from []byte) (*merged, error) {
	start := prefix
	if bytes.Compare(from, prefix) > 0 {
		start = from
	}
	seek := seekKey(start)
	m := &merged{prefix: prefix}
	for i, table := range t.tables {
		c := &cursor{table: table, rank: i}
		if err := c.seek(seek); err != nil {
			return nil, err
		}
		if c.key != nil {
			m.cursors = append(m.cursors, c)
		}
	}
	heap.Init(m)
	return m, nil
}

// following is the next key that is not deleted, nil behind the last one with the
// prefix. It is good until the next call.
func (m *merged) following() (bare []byte, err error) {
	for {
		if m.passed {
			if err := m.step(); err != nil {
				return nil, err
			}
		}
		if m.Len() == 0 {
			return nil, nil
		}
		m.passed = true
		c := m.cursors[0]
		bare, version := cutVersion(c.key)
		if !bytes.HasPrefix(bare, m.prefix) {
			m.passed = false
			return nil, nil
		}
		if m.last != nil && compareKeys(c.key, m.last) < 0 {
			return nil, ErrHandOver
		}
		if version > maxVersion || bytes.HasPrefix(bare, ownPrefix) || m.isLast(bare) {
			continue
		}
		m.last = append(m.last[:0], c.key...)
		if live, err := c.live(); live || err != nil {
			return bare, err
		}
	}
}

// isLast tells whether another version of the key was looked at.
func (m *merged) isLast(bare []byte) bool {
	if m.last == nil {
		return false
	}
	last, _ := cutVersion(m.last)
	return bytes.Equal(last, bare)
}

// step goes to the next entry.
func (m *merged) step() error {
	c := m.cursors[0]
	if err := c.step(); err != nil {
		return err
	}
	if c.key == nil {
		heap.Pop(m)
	} else {
		heap.Fix(m, 0)
	}
	return nil
}

func (m *merged) Len() int { return len(m.cursors) }

func (m *merged) Less(i, j int) bool {
	a, b := m.cursors[i], m.cursors[j]
	c := compareKeys(a.key, b.key)
	return c < 0 || c == 0 && a.rank < b.rank
}

func (m *merged) Swap(i, j int) { m.cursors[i], m.cursors[j] = m.cursors[j], m.cursors[i] }
func (m *merged) Push(x any)    { m.cursors = append(m.cursors, x.(*cursor)) }

func (m *merged) Pop() any {
	last := m.cursors[len(m.cursors)-1]
	m.cursors = m.cursors[:len(m.cursors)-1]
	return last
}
