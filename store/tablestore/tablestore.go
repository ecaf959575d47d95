// Package tablestore reads a store on disk without Badger: it takes the lock, looks at
// the files, and answers from the tables. It is for who opens a store once, to read.
//
//	s, err := tablestore.Before(next)(ctx, dir, store.Options{ReadOnly: true, OneShot: true})
//
// What is out of the ordinary, another opener gets, which is Badger's: what is to be
// written, an unclean stop, damage, and whatever badgerfiles hands over. That is
// decided when the store is opened, where the files tell it, and else at the first
// read that meets it; the reads after it go the same way.
//
// It believes the files as little as Badger does, and proves as little.
package tablestore

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"github.com/tacit-vault/tacit/store"
	"github.com/tacit-vault/tacit/store/badgerfiles"
	"github.com/tacit-vault/tacit/store/storedir"
)

// Store reads a store on disk. Before's opener makes one.
type Store struct {
	dir  string
	opts store.Options
	next store.Opener
	lock *storedir.Lock

	mu     sync.RWMutex // held for reading by transactions; for writing by Close
	over   bool         // guarded by mu; Close was called
	tables *badgerfiles.Tables
	folder *os.File    // that of the tables; nil where the system does not hold it
	handed atomic.Bool // reads go to the other store

	otherMu  sync.Mutex
	other    store.Store // guarded by otherMu; nil until it is needed
	otherErr error       // guarded by otherMu; why there is none
}

var (
	_ store.Store       = (*Store)(nil)
	_ store.FileChecker = (*Store)(nil)
	_ store.Doubter     = (*Store)(nil)
)

// Before returns an opener that reads the tables itself where Options say ReadOnly and
// OneShot, and leaves the rest to next. Its errors are those of next.
func Before(next store.Opener) store.Opener {
	return func(ctx context.Context, dir string, o store.Options) (store.Store, error) {
		if !sharesWithBadger || !o.ReadOnly || !o.OneShot || o.Create {
			return next(ctx, dir, o)
		}
		deadline := time.Now().Add(o.Wait)
		s := &Store{dir: dir, opts: o, next: next}
		err := s.open(ctx, deadline)
		if err == nil {
			return s, nil
		}
		if errors.Is(err, badgerfiles.ErrHandOver) {
			o.Wait = time.Until(deadline)
			return next(ctx, dir, o)
		}
		return nil, storedir.Classify("opening the store", err)
	}
}

// open takes the lock and opens the tables. But for the wait for the lock, any error
// is ErrHandOver: next says it better.
func (s *Store) open(ctx context.Context, deadline time.Time) (err error) {
	if storedir.MustSettle(s.dir) {
		return badgerfiles.ErrHandOver
	}
	if s.lock, err = storedir.OpenLock(s.dir, s.opts.Foreign); err != nil {
		return badgerfiles.ErrHandOver
	}
	defer func() {
		if err != nil {
			s.lock.Close()
		}
	}()
	if err := s.lock.Acquire(ctx, storedir.Shared, deadline); err != nil {
		return err
	}
	s.lock.Settled()
	files, fit, err := badgerfiles.Inspect(s.dir, s.lock, s.opts.Foreign)
	if err != nil || !fit {
		return badgerfiles.ErrHandOver
	}
	if s.folder, files.Dir, err = storedir.HoldFolder(files.Dir); err != nil {
		return badgerfiles.ErrHandOver
	}
	s.tables, err = files.OpenTables()
	if err != nil {
		s.letGo()
	}
	return err
}

// letGo gives the folder back.
func (s *Store) letGo() {
	if s.folder != nil {
		s.folder.Close()
	}
}

// View implements store.Store.
func (s *Store) View(fn func(store.Reader) error) error {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if s.over {
		return store.ErrClosed
	}
	r := &reader{s: s}
	defer r.done.Store(true)
	return fn(r)
}

// Update implements store.Store. It refuses.
func (s *Store) Update(func(store.Writer) error) error { return store.ErrReadOnly }

// Doubt implements store.Doubter.
func (s *Store) Doubt() { s.handed.Store(true) }

// Doubted implements store.Doubter.
func (s *Store) Doubted() bool { return s.handed.Load() }

// CheckFiles implements store.FileChecker.
func (s *Store) CheckFiles() error {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if s.over {
		return store.ErrClosed
	}
	return storedir.Classify("checking the files", badgerfiles.CheckAll(filepath.Join(s.dir, storedir.DatabaseName)))
}

// Close implements store.Store.
func (s *Store) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.over {
		return nil
	}
	s.over = true
	defer s.lock.Close()
	s.tables.Close()
	s.letGo()
	s.otherMu.Lock()
	defer s.otherMu.Unlock()
	if s.other == nil {
		return nil
	}
	return s.other.Close()
}

// handOver opens the other store, beside this one: two locks for reading get along,
// and nobody writes in between.
func (s *Store) handOver() (store.Store, error) {
	s.handed.Store(true)
	s.otherMu.Lock()
	defer s.otherMu.Unlock()
	if s.other == nil && s.otherErr == nil {
		s.other, s.otherErr = s.next(context.Background(), s.dir, s.opts)
	}
	return s.other, s.otherErr
}

// viewOther runs fn on the other store.
func (s *Store) viewOther(fn func(store.Reader) error) error {
	other, err := s.handOver()
	if err != nil {
		return fmt.Errorf("reading: %w", err)
	}
	return other.View(fn)
}

// reader is a snapshot: while the lock is held nothing changes.
type reader struct {
	s    *Store
	done atomic.Bool
}

// Get implements store.Reader.
func (r *reader) Get(key []byte) (value []byte, err error) {
	if r.done.Load() {
		return nil, store.ErrClosed
	}
	if err := store.CheckKey(key); err != nil {
		return nil, err
	}
	if !r.s.handed.Load() {
		value, err := r.s.tables.Get(key)
		if !errors.Is(err, badgerfiles.ErrHandOver) {
			return value, err
		}
	}
	err = r.s.viewOther(func(other store.Reader) error {
		value, err = other.Get(key)
		return err
	})
	return value, err
}

// Keys implements store.Reader.
func (r *reader) Keys(prefix, from []byte) iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		if r.done.Load() {
			yield(nil, store.ErrClosed)
			return
		}
		if !r.s.handed.Load() {
			last, over := r.walk(prefix, from, yield)
			if over {
				return
			}
			if last != nil {
				from = append(last, 0) // the key that follows it
			}
		}
		err := r.s.viewOther(func(other store.Reader) error {
			for key, err := range other.Keys(prefix, from) {
				if r.done.Load() {
					key, err = nil, store.ErrClosed
				}
				if !yield(key, err) || err != nil {
					break
				}
			}
			return nil
		})
		if err != nil {
			yield(nil, err)
		}
	}
}

// walk yields keys from the tables. It is over, unless another store has to go on
// behind the last key, which is nil where none was yielded.
func (r *reader) walk(prefix, from []byte, yield func([]byte, error) bool) (last []byte, over bool) {
	for key, err := range r.s.tables.Keys(prefix, from) {
		switch {
		case errors.Is(err, badgerfiles.ErrHandOver):
			return last, false
		case r.done.Load():
			key, err = nil, store.ErrClosed
		}
		last = append(last[:0], key...)
		if !yield(key, err) || err != nil {
			return nil, true
		}
	}
	return nil, true
}
