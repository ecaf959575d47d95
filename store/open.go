package store

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	badger "github.com/dgraph-io/badger/v4"
)

const dbName = "db"

// Open opens the store in the folder dir, which is there already: Badger's
// files in dir/db, the file dir/lock, and dir/ballast, whose space makes room
// on a full disk. With Options.Create it makes them.
//
// The error wraps ErrNoStore, ErrExists, ErrBusy, ErrCorrupt, ErrUnsafe,
// ErrReadOnly or ErrNoSpace, or the context's error where that ended the wait.
func Open(ctx context.Context, dir string, o Options) (*Badger, error) {
	if o.Create {
		return create(ctx, dir, o)
	}
	b := &Badger{dir: dir, opts: o, readOnly: o.ReadOnly, log: &eventLog{}}
	if _, err := os.Lstat(b.path(dbName)); errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%w: %s", ErrNoStore, dir)
	}
	var err error
	if b.lock, err = openLock(dir, false); err != nil {
		return nil, classify("opening the store", err)
	}
	if err := b.open(ctx, time.Now().Add(o.Wait)); err != nil {
		b.lock.release()
		return nil, classify("opening the store", err)
	}
	return b, nil
}

// create makes an empty store and opens it.
func create(ctx context.Context, dir string, o Options) (*Badger, error) {
	if o.ReadOnly {
		return nil, fmt.Errorf("creating a store: %w", ErrReadOnly)
	}
	b := &Badger{dir: dir, opts: o, log: &eventLog{}}
	var err error
	if b.lock, err = openLock(dir, true); err != nil {
		return nil, classify("creating the store", err)
	}
	if err := b.create(ctx, time.Now().Add(o.Wait)); err != nil {
		b.lock.release()
		return nil, classify("creating the store", err)
	}
	return b, nil
}

func (b *Badger) create(ctx context.Context, deadline time.Time) error {
	if err := b.lock.acquire(ctx, exclusive, deadline); err != nil {
		return err
	}
	defer b.lock.leaveQueue()
	err := os.Mkdir(b.path(dbName), 0o700)
	if errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("%w: %s", ErrExists, b.dir)
	}
	if err != nil {
		return err
	}
	return b.openBadger(settings(b.path(dbName), false, b.log))
}

// open takes the lock, looks at the files and hands them to Badger.
func (b *Badger) open(ctx context.Context, deadline time.Time) error {
	want := exclusive
	if b.readOnly {
		want = shared
	}
	if err := b.lock.acquire(ctx, want, deadline); err != nil {
		return err
	}
	defer b.lock.leaveQueue()
	return b.openBadger(settings(b.path(dbName), b.readOnly, b.log))
}

// openBadger opens the database itself.
func (b *Badger) openBadger(o badger.Options) error {
	return guard("open", func() (err error) {
		b.db, err = badger.Open(o)
		return err
	})
}

func (b *Badger) path(name string) string { return filepath.Join(b.dir, name) }
