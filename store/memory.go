package store

import (
	"bytes"
	"context"
	"hash/maphash"
	"iter"
	"sync"
	"sync/atomic"
)

// Memory is a store that lasts as long as the process. Its snapshots cost
// nothing, and it has the same limits as the store on disk.
type Memory struct {
	seed   maphash.Seed
	write  sync.Mutex   // held by the one Update
	mu     sync.RWMutex // held for reading by transactions, for writing by Close
	closed bool         // guarded by mu
	root   atomic.Pointer[treap]
}

var (
	_ Store  = (*Memory)(nil)
	_ Purger = (*Memory)(nil)
	_ Spacer = (*Memory)(nil)
)

// NewMemory returns an empty store.
func NewMemory() *Memory { return &Memory{seed: maphash.MakeSeed()} }

// View implements Store.
func (m *Memory) View(fn func(Reader) error) error {
	m.mu.RLock()
	defer m.mu.RUnlock()
	if m.closed {
		return ErrClosed
	}
	tx := &memoryTx{}
	tx.root.Store(m.root.Load())
	defer tx.done.Store(true)
	return fn(memoryReader{tx})
}

// Update implements Store.
func (m *Memory) Update(fn func(Writer) error) error {
	m.write.Lock()
	defer m.write.Unlock()
	m.mu.RLock()
	defer m.mu.RUnlock()
	if m.closed {
		return ErrClosed
	}
	tx := &memoryTx{seed: m.seed}
	tx.root.Store(m.root.Load())
	defer tx.done.Store(true)
	if err := fn(tx); err != nil {
		return err
	}
	m.root.Store(tx.root.Load())
	return nil
}

// Close implements Store.
func (m *Memory) Close() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.closed = true
	return nil
}

// Purge implements Purger: what was deleted is the garbage collector's.
func (m *Memory) Purge(ctx context.Context) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.closed {
		return ErrClosed
	}
	return ctx.Err()
}

// CheckPurge implements Purger: there is always room.
func (m *Memory) CheckPurge([]byte) error { return m.CheckSpace(0) }

// CheckSpace implements Spacer: there is always room.
func (m *Memory) CheckSpace(int64) error {
	m.mu.RLock()
	defer m.mu.RUnlock()
	if m.closed {
		return ErrClosed
	}
	return nil
}

// memoryReader hides the writing half of a transaction.
type memoryReader struct{ Reader }

// memoryTx is a transaction on its own version of the map.
type memoryTx struct {
	seed   maphash.Seed
	root   atomic.Pointer[treap]
	budget Budget
	done   atomic.Bool
}

func (t *memoryTx) Get(key []byte) ([]byte, error) {
	if t.done.Load() {
		return nil, ErrClosed
	}
	if err := CheckKey(key); err != nil {
		return nil, err
	}
	n := t.root.Load().get(key)
	if n == nil {
		return nil, ErrNotFound
	}
	return append([]byte{}, n.value...), nil
}

func (t *memoryTx) Keys(prefix, from []byte) iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		if t.done.Load() {
			yield(nil, ErrClosed)
			return
		}
		start := prefix
		if bytes.Compare(from, start) > 0 {
			start = from
		}
		t.root.Load().ascend(start, func(key []byte) bool {
			if !bytes.HasPrefix(key, prefix) {
				return false
			}
			if t.done.Load() {
				yield(nil, ErrClosed)
				return false
			}
			return yield(bytes.Clone(key), nil)
		})
	}
}

func (t *memoryTx) Put(key, value []byte) error {
	if t.done.Load() {
		return ErrClosed
	}
	if err := t.budget.Add(key, value); err != nil {
		return err
	}
	t.root.Store(t.root.Load().put(t.seed, bytes.Clone(key), bytes.Clone(value)))
	return nil
}

func (t *memoryTx) Delete(key []byte) error {
	if t.done.Load() {
		return ErrClosed
	}
	if err := t.budget.Add(key, nil); err != nil {
		return err
	}
	t.root.Store(t.root.Load().remove(key))
	return nil
}
