package tablestore_test

import (
	"context"
	"errors"
	"sync"
	"testing"

	"github.com/tacit-vault/tacit/store"
	"github.com/tacit-vault/tacit/store/badgerstore"
	"github.com/tacit-vault/tacit/store/storetest"
	"github.com/tacit-vault/tacit/store/tablestore"
)

// badgers opens with Badger.
func badgers(ctx context.Context, dir string, o store.Options) (store.Store, error) {
	return badgerstore.Open(ctx, dir, o)
}

// turns is a store that Badger writes and the tables read, one after the other.
type turns struct {
	dir    string
	mu     sync.Mutex
	over   bool        // guarded by mu
	writer store.Store // guarded by mu; open since the last write, or nil
	reader store.Store // guarded by mu; open since the last read, or nil

	ctx context.Context
}

func (s *turns) View(fn func(store.Reader) error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.over {
		return store.ErrClosed
	}
	if s.reader == nil {
		if err := s.rest(); err != nil {
			return err
		}
		r, err := tablestore.Before(badgers)(s.ctx, s.dir, store.Options{ReadOnly: true, OneShot: true})
		if err != nil {
			return err
		}
		s.reader = r
	}
	return s.reader.View(fn)
}

func (s *turns) written() (store.Store, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.over {
		return nil, store.ErrClosed
	}
	if s.writer == nil {
		if err := s.rest(); err != nil {
			return nil, err
		}
		w, err := badgers(s.ctx, s.dir, store.Options{})
		if err != nil {
			return nil, err
		}
		s.writer = w
	}
	return s.writer, nil
}

func (s *turns) Update(fn func(store.Writer) error) error {
	w, err := s.written()
	if err != nil {
		return err
	}
	return w.Update(fn)
}

func (s *turns) Purge(ctx context.Context) error {
	w, err := s.written()
	if err != nil {
		return err
	}
	return store.Purge(ctx, w)
}

func (s *turns) CheckPurge(gone []byte) error {
	w, err := s.written()
	if err != nil {
		return err
	}
	return store.CheckPurge(w, gone)
}

func (s *turns) CheckSpace(n int64) error {
	w, err := s.written()
	if err != nil {
		return err
	}
	return w.(store.Spacer).CheckSpace(n)
}

// rest closes what is open.
func (s *turns) rest() (err error) {
	for _, open := range []*store.Store{&s.writer, &s.reader} {
		if *open != nil {
			err = errors.Join(err, (*open).Close())
			*open = nil
		}
	}
	return err
}

func (s *turns) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.over = true
	return s.rest()
}

// What Badger writes the tables read as every store does.
func TestStore(t *testing.T) {
	storetest.Run(t, func(t *testing.T) storetest.Opener {
		dir, made := t.TempDir(), false
		open := func(t *testing.T) store.Store {
			s := &turns{dir: dir, ctx: t.Context()}
			if !made {
				w, err := badgers(t.Context(), dir, store.Options{Create: true})
				if err != nil {
					t.Fatal(err)
				}
				made, s.writer = true, w
			}
			return s
		}
		return storetest.Opener{Open: open, Lasting: true, InTurns: true}
	})
}
