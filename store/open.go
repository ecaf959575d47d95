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

var errForeign = errors.New("it belongs to another user")

// Open opens the store in the folder dir, which is there already: Badger's
// files in dir/db, the file dir/lock, and dir/ballast, whose space makes room
// on a full disk. With Options.Create it makes them.
//
// The error wraps ErrNoStore, ErrExists, ErrBusy, ErrCorrupt, ErrUnsafe,
// ErrReadOnly or ErrNoSpace, or is the context's where that ended the wait.
//
// After an unclean stop the first Open, for reading too, needs the store for
// itself, the right to write and free space: it replays the log.
func Open(ctx context.Context, dir string, o Options) (*Badger, error) {
	op := "opening the store"
	if o.Create {
		op = "creating the store"
	}
	if o.Foreign && !o.ReadOnly {
		return nil, fmt.Errorf("%s: %w: %w", op, ErrReadOnly, errForeign)
	}
	if o.Create && o.ReadOnly {
		return nil, fmt.Errorf("%s: %w", op, ErrReadOnly)
	}
	b := &Badger{dir: dir, opts: o, readOnly: o.ReadOnly, log: &eventLog{}}
	if !o.Create && b.mustSettle() && !b.exists(asideName) && !b.exists(newName) {
		return nil, fmt.Errorf("%s: %w: %s", op, ErrNoStore, dir)
	}
	made := !b.exists(lockName)
	var err error
	if b.lock, err = openLock(dir, o.Foreign); err != nil {
		return nil, classify(op, err)
	}
	run := b.open
	if o.Create {
		run = b.create
	}
	if err := run(ctx, time.Now().Add(o.Wait)); err != nil {
		if made && o.Create && !b.exists(dbName) {
			_ = os.Remove(b.path(lockName))
		}
		b.giveUp(err)
		if o.ReadOnly && errors.Is(err, fs.ErrPermission) {
			return nil, fmt.Errorf("%s: %w", op, err) // not for want of the right to write
		}
		return nil, classify(op, err)
	}
	b.lock.settled()
	if b.lock.held == exclusive {
		b.lock.sign(o.Holder)
	}
	return b, nil
}

// giveUp gives the lock back, but not before a call into Badger that was left
// behind has returned: it may still write.
func (b *Badger) giveUp(err error) {
	if !errors.Is(err, ErrStuck) {
		b.lock.release()
		return
	}
	go func() {
		b.log.behind.Wait()
		b.lock.release()
	}()
}

// create makes an empty store and opens it.
func (b *Badger) create(ctx context.Context, deadline time.Time) error {
	if err := b.lock.acquire(ctx, exclusive, deadline); err != nil {
		return err
	}
	if b.exists(dbName) || b.exists(asideName) || b.exists(newName) {
		return fmt.Errorf("%w: %s", ErrExists, b.dir)
	}
	if err := canWrite(b.dir); err != nil {
		return err
	}
	if err := needSpace(b.dir, reserve+ballastSize); err != nil {
		return err
	}
	if err := b.drop(partName); err != nil {
		return err
	}
	err := b.createFiles()
	if err == nil {
		err = b.rename(partName, dbName)
	}
	if err == nil {
		err = b.openWriter(ctx, deadline)
	}
	if err != nil {
		return errors.Join(err, b.drop(partName), b.drop(dbName), os.RemoveAll(b.path(ballastName)))
	}
	return nil
}

// createFiles makes the ballast, and an empty database in db.part.
func (b *Badger) createFiles() error {
	if err := makeBallast(b.path(ballastName), ballastSize); err != nil {
		return err
	}
	part := b.path(partName)
	if err := os.Mkdir(part, 0o700); err != nil {
		return err
	}
	db, err := openSoon(settings(part, false, b.log))
	if err != nil {
		return err
	}
	if err := closeBadger(db, b.log); err != nil {
		return err
	}
	return syncFiles(part)
}

// open takes the lock, looks at the files and hands them to Badger.
func (b *Badger) open(ctx context.Context, deadline time.Time) error {
	if b.readOnly && canReadOnly {
		return b.openReader(ctx, deadline)
	}
	if err := b.lock.acquire(ctx, exclusive, deadline); err != nil {
		return err
	}
	if err := b.repair(); err != nil {
		return err
	}
	return b.openWriter(ctx, deadline)
}

// openReader opens for reading, beside other readers. Only where the files
// have to be repaired first it is alone for that time.
func (b *Badger) openReader(ctx context.Context, deadline time.Time) error {
	if err := b.lock.acquire(ctx, shared, deadline); err != nil {
		return err
	}
	s, fit, err := b.inspect()
	if err != nil {
		return err
	}
	if !fit {
		b.lock.unlock()
		if err := b.lock.acquire(ctx, exclusive, deadline); err != nil {
			return err
		}
		if err := b.repair(); err != nil {
			return err
		}
		if err := b.lock.downgrade(); err != nil {
			return err
		}
		if s, _, err = b.inspect(); err != nil {
			return err
		}
	}
	if err := s.check(false); err != nil {
		return err
	}
	// A reader that is not going to close Badger must not leave a lock of
	// Badger's behind. Ours keeps writers out.
	o := settings(s.dir, true, b.log).WithBypassLockGuard(b.opts.OneShot || b.opts.Foreign)
	return b.openWaiting(ctx, deadline, o)
}

// openWaiting opens the database.
func (b *Badger) openWaiting(ctx context.Context, deadline time.Time, o badger.Options) error {
	db, err := waitOpen(ctx, deadline, o)
	if err != nil {
		return err
	}
	if !o.ReadOnly {
		if err := db.hasOpen(); err != nil {
			return errors.Join(err, closeBadger(db, b.log))
		}
	}
	b.db = db
	return nil
}

func (b *Badger) inspect() (s *fileSet, fit bool, err error) {
	return inspect(b.dir, b.lock, b.opts.Foreign)
}

// repair finishes what a stopped process left. The caller has the exclusive lock.
func (b *Badger) repair() error {
	if b.opts.Foreign {
		return fmt.Errorf("%w: %w, who has to open it first: its last writer did not close it", ErrReadOnly, errForeign)
	}
	if err := canWrite(b.dir); err != nil {
		return err
	}
	if err := b.settle(); err != nil {
		return err
	}
	s, fit, err := b.inspect()
	if err != nil || fit {
		return err
	}
	if err := b.recover(s); err != nil {
		return fmt.Errorf("%w: %w", ErrRecovery, err)
	}
	b.warn(b.restoreBallast())
	return nil
}

// openWriter opens for writing.
func (b *Badger) openWriter(ctx context.Context, deadline time.Time) error {
	s, fit, err := b.inspect()
	if err != nil {
		return err
	}
	if !fit {
		return corrupt("not closed")
	}
	if err := errors.Join(s.checkOwn(), s.check(true)); err != nil {
		return err
	}
	if err := b.makeRoom(); err != nil {
		return err
	}
	if err := errors.Join(shortenManifest(s), dropDiscard(s)); err != nil {
		return err
	}
	b.lastTable = s.lastTable()
	return b.openWaiting(ctx, deadline, settings(s.dir, false, b.log))
}

func (b *Badger) path(name string) string { return filepath.Join(b.dir, name) }
