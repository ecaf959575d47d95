package transport

import (
	"bytes"
	"context"
	"slices"
	"sort"
	"sync"
)

// Memory is a place in this process. Each of its users opens a transport to it.
type Memory struct {
	mu      sync.Mutex // guards what follows
	data    map[string][]byte
	keys    []string          // sorted
	changed map[string]uint64 // by key: the number of its last change
	changes uint64
	news    chan struct{} // closed at the next change
}

// NewMemory returns an empty place.
func NewMemory() *Memory {
	return &Memory{data: map[string][]byte{}, changed: map[string]uint64{}, news: make(chan struct{})}
}

// Open returns a transport to the place.
func (m *Memory) Open() Transport {
	return &memoryUser{place: m, done: make(chan struct{})}
}

// memoryUser is one user of a place.
type memoryUser struct {
	place *Memory
	close sync.Once
	done  chan struct{}

	// What the last Wait was for, and the number of changes when it returned.
	// Guarded by the place's mutex.
	waitedFor []string
	waitedAt  uint64
}

var (
	_ Transport = (*memoryUser)(nil)
	_ Deleter   = (*memoryUser)(nil)
)

// begin returns the error of a call that need not be tried.
func (u *memoryUser) begin(ctx context.Context) error {
	select {
	case <-u.done:
		return ErrClosed
	default:
		return ctx.Err()
	}
}

// Put implements Transport.
func (u *memoryUser) Put(ctx context.Context, key string, data, old []byte) error {
	if err := u.begin(ctx); err != nil {
		return err
	}
	if err := CheckPut(key, data); err != nil {
		return err
	}
	m := u.place
	m.mu.Lock()
	defer m.mu.Unlock()
	there, ok := m.data[key]
	if ok && bytes.Equal(there, data) {
		return nil
	}
	if ok != (old != nil) || ok && !bytes.Equal(there, old) {
		return ErrTaken
	}
	if !ok {
		i, _ := slices.BinarySearch(m.keys, key)
		m.keys = slices.Insert(m.keys, i, key)
	}
	m.data[key] = bytes.Clone(data)
	m.touch(key)
	return nil
}

// touch notes a change. The caller has the mutex.
func (m *Memory) touch(key string) {
	m.changes++
	m.changed[key] = m.changes
	close(m.news)
	m.news = make(chan struct{})
}

// Get implements Transport.
func (u *memoryUser) Get(ctx context.Context, key string) ([]byte, error) {
	if err := u.begin(ctx); err != nil {
		return nil, err
	}
	if err := CheckKey(key); err != nil {
		return nil, err
	}
	m := u.place
	m.mu.Lock()
	defer m.mu.Unlock()
	data, ok := m.data[key]
	if !ok {
		return nil, ErrNone
	}
	return bytes.Clone(data), nil
}

// List implements Transport.
func (u *memoryUser) List(ctx context.Context, prefix, after string) ([]string, error) {
	if err := u.begin(ctx); err != nil {
		return nil, err
	}
	if err := CheckList(prefix, after); err != nil {
		return nil, err
	}
	m := u.place
	m.mu.Lock()
	defer m.mu.Unlock()
	return Page(m.keys, prefix, after), nil
}

// CheckList returns an error wrapping ErrKey where after is neither a key nor empty, or
// where prefix is none.
func CheckList(prefix, after string) error {
	if err := CheckPrefix(prefix); err != nil {
		return err
	}
	if after == "" {
		return nil
	}
	return CheckKey(after)
}

// Page is what List returns of sorted keys.
func Page(sorted []string, prefix, after string) (list []string) {
	from := sort.Search(len(sorted), func(i int) bool { return sorted[i] > after && sorted[i] >= prefix })
	for _, key := range sorted[from:] {
		if !Under(key, prefix) || len(list) == MaxList {
			break
		}
		list = append(list, key)
	}
	return list
}

// Delete implements Deleter.
func (u *memoryUser) Delete(ctx context.Context, key string) error {
	if err := u.begin(ctx); err != nil {
		return err
	}
	if err := CheckKey(key); err != nil {
		return err
	}
	m := u.place
	m.mu.Lock()
	defer m.mu.Unlock()
	if i, ok := slices.BinarySearch(m.keys, key); ok {
		m.keys = slices.Delete(m.keys, i, i+1)
		delete(m.data, key)
		m.touch(key)
	}
	return nil
}

// Wait implements Transport.
func (u *memoryUser) Wait(ctx context.Context, prefixes ...string) error {
	if err := u.begin(ctx); err != nil {
		return err
	}
	for _, p := range prefixes {
		if err := CheckPrefix(p); err != nil {
			return err
		}
	}
	for {
		news := u.look(prefixes)
		if news == nil {
			return nil
		}
		select {
		case <-news:
		case <-u.done:
			return ErrClosed
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// look returns nil where there is something new since the last Wait, which ends with
// that, and else what is closed at the next change.
func (u *memoryUser) look(prefixes []string) <-chan struct{} {
	m := u.place
	m.mu.Lock()
	defer m.mu.Unlock()
	first := u.waitedFor == nil || !slices.Equal(u.waitedFor, prefixes)
	if !first && !m.changedSince(u.waitedAt, prefixes) {
		return m.news
	}
	u.waitedFor = append([]string{}, prefixes...)
	u.waitedAt = m.changes
	return nil
}

func (m *Memory) changedSince(at uint64, prefixes []string) bool {
	if m.changes == at {
		return false
	}
	for key, n := range m.changed {
		if n > at && slices.ContainsFunc(prefixes, func(p string) bool { return Under(key, p) }) {
			return true
		}
	}
	return false
}

// Close implements io.Closer.
func (u *memoryUser) Close() error {
	u.close.Do(func() { close(u.done) })
	return nil
}
