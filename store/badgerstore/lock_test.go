package badgerstore_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/tacit-vault/tacit/store"
	"github.com/tacit-vault/tacit/store/badgerstore"
)

func TestBusy(t *testing.T) {
	t.Parallel()
	dir := newStore(t, 10)
	c := startChild(t, "hold", dir, "write")
	if c.line() != "open" {
		t.Fatal("the child did not open the store")
	}
	const wait = 150 * time.Millisecond
	for _, o := range []store.Options{{}, {ReadOnly: true}, {Wait: wait}, {ReadOnly: true, Wait: wait}} {
		start := time.Now()
		_, err := badgerstore.Open(t.Context(), dir, o)
		if took := time.Since(start); !errors.Is(err, store.ErrBusy) || took < o.Wait || took > o.Wait+time.Minute {
			t.Errorf("%+v: %v after %v, want ErrBusy after the wait", o, err, took)
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), wait)
	defer cancel()
	if _, err := badgerstore.Open(ctx, dir, store.Options{Wait: time.Hour}); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("the context ended: %v", err)
	}
	// Whoever waits gets in when the other lets go.
	done := make(chan error, 1)
	go func() {
		s, err := badgerstore.Open(t.Context(), dir, store.Options{ReadOnly: true, Wait: hang})
		if err == nil {
			err = s.Close()
		}
		done <- err
	}()
	time.Sleep(50 * time.Millisecond)
	if err := c.wait(); err != nil {
		t.Fatal(err)
	}
	if err := <-done; err != nil {
		t.Errorf("after the wait: %v", err)
	}
}

func TestReadersTogether(t *testing.T) {
	t.Parallel()
	dir := newStore(t, 10)
	c := startChild(t, "hold", dir, "read")
	if c.line() != "open" {
		t.Fatal("the child did not open the store")
	}
	s := mustOpen(t, dir, store.Options{ReadOnly: true, Wait: -1})
	defer s.Close()
	wantEntries(t, s, 10)
	if _, err := badgerstore.Open(t.Context(), dir, store.Options{}); !errors.Is(err, store.ErrBusy) {
		t.Errorf("a writer beside readers: %v, want ErrBusy", err)
	}
	if err := c.wait(); err != nil {
		t.Fatal(err)
	}
}

// A one-shot reader keeps nothing that stands in a writer's way.
func TestOneShotReader(t *testing.T) {
	t.Parallel()
	dir := newStore(t, 10)
	r := mustOpen(t, dir, store.Options{ReadOnly: true, OneShot: true})
	if _, err := badgerstore.Open(t.Context(), dir, store.Options{}); !errors.Is(err, store.ErrBusy) {
		t.Errorf("a writer beside the reader: %v, want ErrBusy", err)
	}
	wantEntries(t, r, 10)
	for range 2 {
		if err := r.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if err := r.View(func(store.Reader) error { return nil }); !errors.Is(err, store.ErrClosed) {
		t.Errorf("a view after Close: %v, want ErrClosed", err)
	}
	s := mustOpen(t, dir, store.Options{Wait: -1})
	fill(t, s, 10, 20)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}

// Readers that always overlap do not keep a writer out.
func TestWriterAmongReaders(t *testing.T) {
	t.Parallel()
	dir := newStore(t, 10)
	stop, done := make(chan struct{}), make(chan error, 3)
	for range cap(done) {
		go func() {
			for {
				select {
				case <-stop:
					done <- nil
					return
				default:
				}
				s, err := badgerstore.Open(t.Context(), dir, store.Options{ReadOnly: true, Wait: hang})
				if err != nil {
					done <- err
					return
				}
				time.Sleep(30 * time.Millisecond)
				s.Close()
			}
		}()
	}
	time.Sleep(100 * time.Millisecond)
	s := mustOpen(t, dir, store.Options{Wait: hang}) // else it would wait for ever
	s.Close()
	close(stop)
	for range cap(done) {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
}

// Processes that open, write and close in a tight loop all get their turn, and
// no write is lost.
func TestProcessesTakeTurns(t *testing.T) {
	t.Parallel()
	count := 40
	if testing.Short() {
		count = 10
	}
	dir := newStore(t, 10)
	var children []*child
	for range 3 {
		children = append(children, startChild(t, "sessions", dir, strconv.Itoa(count)))
	}
	for _, c := range children {
		if err := c.wait(); err != nil {
			t.Error(err)
		}
	}
	s := mustOpen(t, dir, store.Options{ReadOnly: true})
	defer s.Close()
	err := s.View(func(r store.Reader) error {
		got, err := r.Get([]byte("counter"))
		if string(got) != fmt.Sprint(3*count) {
			t.Errorf("counted %s, want %d", got, 3*count)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// Many short sessions leave few tables.
func TestSessionsLeaveFewTables(t *testing.T) {
	t.Parallel()
	dir := newStore(t, 10)
	most := 0
	for i := range 60 {
		s := mustOpen(t, dir, store.Options{})
		err := s.Update(func(w store.Writer) error { // the lowest and the highest key too, as a vault does
			key, value := entry(i)
			return errors.Join(w.Put([]byte("i"), key), w.Put(key, value), w.Put([]byte("z"), key))
		})
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		files, err := filepath.Glob(filepath.Join(dir, "db", "*.sst"))
		if err != nil {
			t.Fatal(err)
		}
		most = max(most, len(files))
	}
	if most > 10 {
		t.Errorf("up to %d tables, want at most 10", most)
	}
	s := mustOpen(t, dir, store.Options{ReadOnly: true})
	defer s.Close()
	wantEntries(t, s, 60)
}
