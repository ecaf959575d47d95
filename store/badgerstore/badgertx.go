package badgerstore

import (
	"bytes"
	"errors"
	"fmt"
	"iter"
	"sync/atomic"

	badger "github.com/dgraph-io/badger/v4"
	"github.com/tacit-vault/tacit/store"
	"github.com/tacit-vault/tacit/store/badgerfiles"
	"github.com/tacit-vault/tacit/store/storedir"
)

// keysPage is how many keys a writer reads ahead: Badger allows a writing
// transaction one iterator at a time, and a caller may nest its loops.
const keysPage = 512

var (
	errValueLost  = errors.New("a value cannot be read")
	errKeyOrder   = errors.New("keys are not in order")
	errValueLarge = errors.New("a value is larger than any that was stored")
)

// readTx is a snapshot.
type readTx struct {
	txn     *badger.Txn
	done    atomic.Bool
	damaged *atomic.Bool // set where a read finds damage
	lost    bool         // a call that uses it has not returned
}

func newReadTx(db *database, damaged *atomic.Bool) *readTx {
	return &readTx{txn: db.NewTransaction(false), damaged: damaged}
}

// end ends the transaction. Badger panics over an iterator that damage kept
// it from closing.
func (t *readTx) end() {
	t.done.Store(true)
	if t.lost {
		return
	}
	_ = badgerfiles.Guard("end", func() error { t.txn.Discard(); return nil })
}

// failed wraps an error of a read: what is not the caller's or the disk's
// fault is the files'.
func (t *readTx) failed(err error) error {
	if sentinelOf(err) == nil && !errors.Is(err, store.ErrClosed) {
		t.damaged.Store(true)
		if !errors.Is(err, store.ErrCorrupt) {
			err = storedir.Corrupt("%w", err)
		}
	}
	return classify("reading", err)
}

func (t *readTx) Get(key []byte) ([]byte, error) {
	if t.done.Load() {
		return nil, store.ErrClosed
	}
	if err := store.CheckKey(key); err != nil {
		return nil, err
	}
	defer faultsPanic()()
	value := []byte{}
	err := badgerfiles.Guard("get", func() error {
		item, err := t.txn.Get(key)
		if err != nil {
			return err
		}
		if item.ValueSize() > store.MaxTxLarge {
			return errValueLarge // not worth the memory
		}
		return item.Value(func(v []byte) error {
			// Badger gives nothing, and no error, for a value it cannot read.
			if len(v) == 0 && item.ValueSize() != 0 {
				return errValueLost
			}
			value = append(value, v...)
			return nil
		})
	})
	if err == nil {
		return value, nil
	}
	if err == badger.ErrKeyNotFound {
		return nil, store.ErrNotFound
	}
	return nil, t.failed(err)
}

func (t *readTx) Keys(prefix, from []byte) iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		if t.done.Load() {
			yield(nil, store.ErrClosed)
			return
		}
		var it *badger.Iterator
		defer func() {
			if it != nil {
				_ = badgerfiles.Guard("keys", func() error { it.Close(); return nil })
			}
		}()
		err := badgerfiles.Guard("keys", func() error {
			it = t.txn.NewIterator(badger.IteratorOptions{Prefix: prefix})
			return nil
		})
		if err != nil {
			yield(nil, t.failed(err))
			return
		}
		step := func() { it.Seek(start(prefix, from)) }
		var last []byte
		for {
			key, err := t.next(it, step)
			if err == nil && last != nil && key != nil && bytes.Compare(last, key) >= 0 {
				err = t.failed(errKeyOrder)
			}
			last = key
			if err != nil {
				yield(nil, err)
				return
			}
			if key == nil || !yield(key, nil) {
				return
			}
			step = it.Next
		}
	}
}

// next takes one step and returns the key there, nil at the end.
func (t *readTx) next(it *badger.Iterator, step func()) (key []byte, err error) {
	if t.done.Load() {
		return nil, store.ErrClosed
	}
	defer faultsPanic()()
	err = badgerfiles.Guard("keys", func() error {
		if step(); it.Valid() {
			key = it.Item().KeyCopy(nil)
		}
		return nil
	})
	if err != nil {
		return nil, t.failed(err)
	}
	return key, nil
}

// start is where a walk begins.
func start(prefix, from []byte) []byte {
	if bytes.Compare(from, prefix) > 0 {
		return from
	}
	return prefix
}

// writeTx is a transaction that changes something.
type writeTx struct {
	readTx
	budget store.Budget
	few    bool // it may be a small one only
}

func newWriteTx(db *database, damaged *atomic.Bool) *writeTx {
	return &writeTx{readTx: readTx{txn: db.NewTransaction(true), damaged: damaged}}
}

// commit has Badger commit the transaction.
func (t *writeTx) commit(op string, log *eventLog) error {
	err := log.call(op, t.txn.Commit)
	t.lost = errors.Is(err, store.ErrStuck)
	return err
}

// add counts an entry.
func (t *writeTx) add(key, value []byte) error {
	next := t.budget
	if err := next.Add(key, value); err != nil {
		return err
	}
	switch {
	case !t.few || next.Small():
	case t.damaged.Load():
		return fmt.Errorf("%w: a read has found that, and no more than a little is written until the store is opened again (%w)", store.ErrCorrupt, store.ErrTooBig)
	default:
		return fmt.Errorf("%w: the store was opened to write little", store.ErrTooBig)
	}
	t.budget = next
	return nil
}

func (t *writeTx) Put(key, value []byte) error {
	if t.done.Load() {
		return store.ErrClosed
	}
	if err := t.add(key, value); err != nil {
		return err
	}
	return classify("put", t.txn.Set(bytes.Clone(key), bytes.Clone(value)))
}

func (t *writeTx) Delete(key []byte) error {
	if t.done.Load() {
		return store.ErrClosed
	}
	if err := t.add(key, nil); err != nil {
		return err
	}
	return classify("delete", t.txn.Delete(bytes.Clone(key)))
}

// Keys reads page after page, each with an iterator of its own that is closed
// before the caller sees a key of it.
func (t *writeTx) Keys(prefix, from []byte) iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		from := from
		for {
			var page [][]byte
			for key, err := range t.readTx.Keys(prefix, from) {
				if err != nil {
					yield(nil, err)
					return
				}
				if page = append(page, key); len(page) == keysPage {
					break
				}
			}
			for _, key := range page {
				if !yield(key, nil) {
					return
				}
			}
			if len(page) < keysPage {
				return
			}
			from = append(bytes.Clone(page[len(page)-1]), 0)
		}
	}
}
