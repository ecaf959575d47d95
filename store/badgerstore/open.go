package badgerstore

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	badger "github.com/dgraph-io/badger/v4"
	"github.com/tacit-vault/tacit/store"
	"github.com/tacit-vault/tacit/store/badgerfiles"
	"github.com/tacit-vault/tacit/store/storedir"
)

// Open opens the store in the folder dir, which is there already: Badger's
// files in dir/db, the file dir/lock, and dir/ballast, whose space makes room
// on a full disk. With Options.Create it makes them.
//
// The error wraps ErrNoStore, ErrExists, ErrBusy, ErrCorrupt, ErrUnsafe,
// ErrReadOnly or ErrNoSpace, or is the context's where that ended the wait.
//
// After an unclean stop the first Open, for reading too, needs the store for
// itself, the right to write and free space: it replays the log.
func Open(ctx context.Context, dir string, o store.Options) (*Store, error) {
	op := "opening the store"
	if o.Create {
		op = "creating the store"
	}
	if o.Foreign && !o.ReadOnly {
		return nil, fmt.Errorf("%s: %w: %w", op, store.ErrReadOnly, storedir.ErrForeign)
	}
	if o.Create && o.ReadOnly {
		return nil, fmt.Errorf("%s: %w", op, store.ErrReadOnly)
	}
	b := &Store{folder: folder{dir}, opts: o, readOnly: o.ReadOnly, log: &eventLog{}, small: o.Small && !o.Create}
	if !o.Create && b.folder.mustSettle() && !b.folder.exists(storedir.AsideName) && !b.folder.exists(storedir.NewName) {
		return nil, fmt.Errorf("%s: %w: %s", op, store.ErrNoStore, dir)
	}
	made := !b.folder.exists(storedir.LockName)
	var err error
	if b.lock, err = storedir.OpenLock(dir, o.Foreign); err != nil {
		return nil, classify(op, err)
	}
	run := b.open
	if o.Create {
		run = b.create
	}
	if err := run(ctx, time.Now().Add(o.Wait)); err != nil {
		if made && o.Create && !b.folder.exists(storedir.DatabaseName) {
			_ = os.Remove(b.folder.path(storedir.LockName))
		}
		b.giveUp(err)
		if o.ReadOnly && errors.Is(err, fs.ErrPermission) {
			return nil, fmt.Errorf("%s: %w", op, err) // not for want of the right to write
		}
		return nil, classify(op, err)
	}
	b.lock.Settled()
	if b.lock.Held == storedir.Exclusive {
		b.lock.Sign(o.Holder)
	}
	return b, nil
}

// giveUp gives the lock back, but not before a call into Badger that was left
// behind has returned: it may still write.
func (b *Store) giveUp(err error) {
	if !errors.Is(err, store.ErrStuck) {
		b.lock.Close()
		return
	}
	go func() {
		b.log.behind.Wait()
		b.lock.Close()
	}()
}

// create makes an empty store and opens it.
func (b *Store) create(ctx context.Context, deadline time.Time) error {
	if err := b.lock.Acquire(ctx, storedir.Exclusive, deadline); err != nil {
		return err
	}
	if b.folder.exists(storedir.DatabaseName) || b.folder.exists(storedir.AsideName) || b.folder.exists(storedir.NewName) {
		return fmt.Errorf("%w: %s", store.ErrExists, b.folder.dir)
	}
	if err := storedir.CanWrite(b.folder.dir); err != nil {
		return err
	}
	if err := storedir.NeedSpace(b.folder.dir, badgerfiles.Reserve+storedir.BallastSize); err != nil {
		return err
	}
	if err := b.folder.drop(storedir.PartName); err != nil {
		return err
	}
	err := b.folder.createFiles(b.log)
	if err == nil {
		err = b.folder.rename(storedir.PartName, storedir.DatabaseName)
	}
	if err == nil {
		err = b.openWriter(ctx, deadline)
	}
	if err != nil {
		return errors.Join(err, b.folder.drop(storedir.PartName), b.folder.drop(storedir.DatabaseName), os.RemoveAll(b.folder.path(storedir.BallastName)))
	}
	return nil
}

// createFiles makes the ballast, and an empty database in db.part.
func (f folder) createFiles(log *eventLog) error {
	if err := storedir.MakeBallast(f.path(storedir.BallastName), storedir.BallastSize); err != nil {
		return err
	}
	part := f.path(storedir.PartName)
	if err := os.Mkdir(part, 0o700); err != nil {
		return err
	}
	db, err := openSoon(settings(part, false, log))
	if err != nil {
		return err
	}
	if err := closeBadger(db, log); err != nil {
		return err
	}
	return syncFiles(part)
}

// open takes the lock, looks at the files and hands them to Badger.
func (b *Store) open(ctx context.Context, deadline time.Time) error {
	if b.readOnly && canReadOnly {
		return b.openReader(ctx, deadline)
	}
	if err := b.lock.Acquire(ctx, storedir.Exclusive, deadline); err != nil {
		return err
	}
	if err := b.repair(); err != nil {
		return err
	}
	return b.openWriter(ctx, deadline)
}

// openReader opens for reading, beside other readers. Only where the files
// have to be repaired first it is alone for that time.
func (b *Store) openReader(ctx context.Context, deadline time.Time) error {
	if err := b.lock.Acquire(ctx, storedir.Shared, deadline); err != nil {
		return err
	}
	s, fit, err := b.inspect()
	if err != nil {
		return err
	}
	if !fit {
		b.lock.GiveBack()
		if err := b.lock.Acquire(ctx, storedir.Exclusive, deadline); err != nil {
			return err
		}
		if err := b.repair(); err != nil {
			return err
		}
		if err := b.lock.Downgrade(); err != nil {
			return err
		}
		if s, _, err = b.inspect(); err != nil {
			return err
		}
	}
	if err := s.Check(false); err != nil {
		return err
	}
	// A reader that is not going to close Badger must not leave a lock of
	// Badger's behind. Ours keeps writers out.
	o := settings(s.Dir, true, b.log).WithBypassLockGuard(b.opts.OneShot || b.opts.Foreign)
	return b.openWaiting(ctx, deadline, o)
}

// openWaiting opens the database.
func (b *Store) openWaiting(ctx context.Context, deadline time.Time, o badger.Options) error {
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

func (b *Store) inspect() (s *badgerfiles.Set, fit bool, err error) {
	return badgerfiles.Inspect(b.folder.dir, b.lock, b.opts.Foreign)
}

// repair finishes what a stopped process left. The caller has the exclusive lock.
func (b *Store) repair() error {
	if b.opts.Foreign {
		return fmt.Errorf("%w: %w; its owner must open it first: its last writer did not close it", store.ErrReadOnly, storedir.ErrForeign)
	}
	if err := storedir.CanWrite(b.folder.dir); err != nil {
		return err
	}
	if err := b.folder.settle(); err != nil {
		return err
	}
	s, fit, err := b.inspect()
	if err != nil || fit {
		return err
	}
	if err := b.recover(s); err != nil {
		return fmt.Errorf("%w: %w", store.ErrRecovery, err)
	}
	b.warn(b.folder.restoreBallast())
	return nil
}

// openWriter opens for writing. It looks at what Badger reads on opening, and at the
// tables that a merge takes in; all others are for CheckFiles.
func (b *Store) openWriter(ctx context.Context, deadline time.Time) error {
	s, fit, err := b.inspect()
	if err != nil {
		return err
	}
	if !fit {
		return storedir.Corrupt("not closed")
	}
	if err := errors.Join(s.CheckOwn(), s.Check(false)); err != nil {
		return err
	}
	if err := errors.Join(s.CheckValueLogs(), checkDue(s)); err != nil {
		return err
	}
	if err := b.makeRoom(); err != nil {
		return err
	}
	if err := errors.Join(shortenManifest(s), dropDiscard(s)); err != nil {
		return err
	}
	b.small = b.small && !b.tight // to open it anew takes room
	b.lastTable = s.LastTable()
	o := settings(s.Dir, false, b.log)
	if b.small {
		o = o.WithMemTableSize(badgerfiles.SmallMemTableSize).WithValueLogFileSize(badgerfiles.SmallValueLogSize)
	}
	return b.openWaiting(ctx, deadline, o)
}
