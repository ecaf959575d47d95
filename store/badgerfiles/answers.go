package badgerfiles

import (
	"bytes"
	"container/heap"
	"iter"
	"maps"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"

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
// A table that a hint knows is opened when it is needed. The hint is not believed: what
// is answered is what it would be without one. It tells where a key is looked for
// first. Where the key was found, what is newer can lie only in tables of the levels
// above, which are then looked at all, and where it was not found, all tables are.
//
// They may be used by several goroutines.
type Tables struct {
	tables []*part // those that were written later come first

	mu      sync.Mutex // guards opening, and Close
	dir     string     // where those lie that are not open
	scratch []byte     // guarded by mu
	indexes int64      // guarded by mu; the size of those of the open ones
}

// A part is a table, which may have to be opened yet.
type part struct {
	id    uint64
	level int
	hint  *keyRange // nil: it is opened at once
	open  atomic.Pointer[table]
}

// OpenTables opens the tables that the MANIFEST names. The error is ErrHandOver
// where anything about the files is out of the ordinary, damage included; of a table
// that a hint knows this may show later. The folder has to stay where it is.
func (s *Set) OpenTables() (*Tables, error) {
	if s.Unclean() || s.checkRegistry() != nil || s.ReadManifest() != nil || s.Manifest.Torn {
		return nil, ErrHandOver
	}
	if len(s.Tables) != len(s.Manifest.Tables) || len(s.Tables) > mostTables {
		return nil, ErrHandOver
	}
	t := &Tables{dir: s.Dir}
	ranges := s.readRanges()
	for _, id := range s.byAge() {
		size, there := s.TableSizes[id]
		if !there {
			t.Close()
			return nil, ErrHandOver
		}
		p := &part{id: id, level: s.Manifest.Tables[id]}
		t.tables = append(t.tables, p)
		// On the first level tables overlap, and each may have what is newest.
		if r, ok := ranges[id]; ok && r.size == size && p.level > 0 {
			p.hint = &r
			continue
		}
		if _, err := t.table(p); err != nil {
			t.Close()
			return nil, err
		}
	}
	return t, nil
}

// table is a part's, open. The error is ErrHandOver.
func (t *Tables) table(p *part) (*table, error) {
	if open := p.open.Load(); open != nil {
		return open, nil
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if open := p.open.Load(); open != nil {
		return open, nil
	}
	open, err := openTable(filepath.Join(t.dir, TableName(p.id)), &t.scratch)
	if err != nil {
		return nil, ErrHandOver
	}
	if t.indexes += open.list.b.size; t.indexes > mostIndexBytes {
		open.file.Close()
		return nil, ErrHandOver
	}
	p.open.Store(open)
	return open, nil
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

// Close closes the files. Nothing may be asked any more.
func (t *Tables) Close() {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, p := range t.tables {
		if open := p.open.Load(); open != nil {
			open.file.Close()
		}
	}
}

// Get returns a copy of the value, as store.Reader does. The error is ErrHandOver
// where Badger has to read it, and wraps store.ErrNotFound where the key is absent.
func (t *Tables) Get(key []byte) ([]byte, error) {
	s := newSearch(key)
	var passed []*part
	for _, p := range t.tables {
		if p.open.Load() == nil && (s.newest > 0 || !p.hint.spans(key)) {
			passed = append(passed, p)
		} else if err := t.look(p, s); err != nil {
			return nil, err
		}
	}
	for _, p := range passed {
		if s.newest > 0 && p.level >= s.level {
			break
		}
		if err := t.look(p, s); err != nil {
			return nil, err
		}
	}
	return s.answer()
}

// A search is for the newest version of a key.
type search struct {
	key, seek []byte
	hash      uint32
	newest    uint64 // the version that was found, 0: none
	value     []byte // of it
	level     int    // the first one on which any was found
}

func newSearch(key []byte) *search {
	return &search{key: key, seek: seekKey(key), hash: filterHash(key)}
}

// look seeks the key in a table.
func (t *Tables) look(p *part, s *search) error {
	table, err := t.table(p)
	if err != nil || !table.spans(s.key) {
		return err
	}
	if may, err := table.mayHave(s.hash); err != nil || !may {
		return err
	}
	c := cursor{table: table}
	if err := c.seek(s.seek); err != nil || c.key == nil {
		return err
	}
	bare, version := cutVersion(c.key)
	if !bytes.Equal(bare, s.key) || version <= s.newest {
		return nil
	}
	if err := c.load(); err != nil {
		return err
	}
	if s.newest == 0 {
		s.level = p.level
	}
	s.newest, s.value = version, c.value
	return nil
}

// answer is a copy of what was found.
func (s *search) answer() ([]byte, error) {
	if s.newest == 0 {
		return nil, store.ErrNotFound
	}
	flags, value, err := cutMeta(s.value)
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
	for i, p := range t.tables {
		table, err := t.table(p)
		if err != nil {
			return nil, err
		}
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
