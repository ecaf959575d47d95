package badgerstore

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	badger "github.com/dgraph-io/badger/v4"
	"github.com/tacit-vault/tacit/store"
	"github.com/tacit-vault/tacit/store/badgerfiles"
	"github.com/tacit-vault/tacit/store/storedir"
)

// recover brings a database back that its last writer did not close: Badger
// replays its log, in place, which only an open for writing can do. All files
// are set aside first, and put back where anything goes wrong. The caller has
// the exclusive lock.
func (b *Store) recover(s *badgerfiles.Set) error {
	if err := errors.Join(s.CheckOwn(), s.Check(true)); err != nil {
		return err
	}
	logs, err := s.CheckLogs()
	if err != nil {
		return err
	}
	if err := errors.Join(s.CheckMissing(logs), s.CheckUnlisted(logs)); err != nil {
		return err
	}
	if err := b.makeRoom(); err != nil {
		return err
	}
	if err := b.folder.setAside(s); err != nil {
		return errors.Join(fmt.Errorf("setting the files apart: %w", err), b.folder.drop(storedir.PartName))
	}
	if err := storedir.NeedSpace(b.folder.dir, logs.Bytes+badgerfiles.TightReserve/2); err != nil { // the tables that the logs become
		return errors.Join(err, b.folder.drop(storedir.AsideName))
	}
	touched, err := b.replay(s, logs.Last)
	switch {
	case err == nil:
		// Before the old log is gone for good, nobody expects it any more.
		if err := b.lock.MarkClosed(); err != nil {
			return err
		}
		if err := b.folder.drop(storedir.AsideName); err != nil {
			return err
		}
		b.warn(b.folder.merge(0)) // who never closes gets here alone
		return nil
	case errors.Is(err, store.ErrStuck):
		return err // Badger is still at it; the next to open puts the files back
	case !touched:
		return errors.Join(err, b.folder.drop(storedir.AsideName))
	default:
		return errors.Join(err, b.folder.replace(storedir.AsideName))
	}
}

// replay has Badger read its log, and makes sure that it did. touched is false
// where somebody else has the database open: then the files are as they were.
func (b *Store) replay(s *badgerfiles.Set, last uint64) (touched bool, err error) {
	dir := b.folder.path(storedir.DatabaseName)
	if err := dropDiscard(s); err != nil {
		return true, err
	}
	if err := os.Remove(filepath.Join(dir, badgerfiles.RewriteName)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return true, err
	}
	if len(s.Missing) > 0 {
		if err := rewriteManifest(s); err != nil {
			return true, err
		}
	}
	o := settings(dir, false, b.log)
	db, err := openSoon(o)
	if errors.Is(err, store.ErrBusy) {
		return false, err
	}
	if err != nil && !errors.Is(err, store.ErrStuck) {
		db, err = openSoon(o) // an empty log fails the first open only
	}
	if err != nil {
		return true, classify("replaying the log", err)
	}
	if err := b.approve(db); err != nil {
		return true, errors.Join(err, closeBadger(db, b.log))
	}
	return true, b.checkReplayed(db, last)
}

// approve asks who opens the store for leave to go on with what was replayed.
func (b *Store) approve(db *database) error {
	if b.opts.Replayed == nil {
		return nil
	}
	tx := newReadTx(db, &b.damaged)
	defer tx.end()
	return b.opts.Replayed(tx)
}

// checkReplayed closes the database whose log was replayed, and looks whether
// all of it is in the tables.
func (b *Store) checkReplayed(db *database, last uint64) error {
	reached := db.MaxVersion()
	if err := closeBadger(db, b.log); err != nil {
		return err
	}
	if reached < last {
		return storedir.Corrupt("the log was not replayed to its end")
	}
	s, err := badgerfiles.Read(b.folder.path(storedir.DatabaseName))
	if err != nil {
		return err
	}
	if s.Unclean() {
		return storedir.Corrupt("the log is still there after its replay")
	}
	if err := s.Check(true); err != nil {
		return err
	}
	if !canReadOnly {
		return nil
	}
	db, err = openSoon(settings(s.Dir, true, b.log))
	if err != nil {
		return classify("opening what was recovered", err)
	}
	return closeBadger(db, b.log)
}

// setAside copies the files of db to db.aside.
func (f folder) setAside(s *badgerfiles.Set) error {
	if err := f.drop(storedir.PartName); err != nil {
		return err
	}
	part := f.path(storedir.PartName)
	if err := os.Mkdir(part, 0o700); err != nil {
		return err
	}
	if err := copyFiles(s, part, func(string) bool { return false }); err != nil {
		return err
	}
	if err := storedir.SyncDir(part); err != nil {
		return err
	}
	return f.rename(storedir.PartName, storedir.AsideName)
}

// soon is how long Badger's own lock is waited for at least. Only strangers to ours
// can hold it, and for a moment whatever this process starts, which has it too
// from its fork to its exec.
const soon = time.Second

// openSoon is openBadger that gives others a moment to let go; then ErrBusy.
func openSoon(o badger.Options) (*database, error) {
	return waitOpen(context.Background(), time.Time{}, o)
}

// waitOpen is openBadger that waits for Badger's own lock until the deadline, and
// for a moment where that is over; ErrBusy if in vain.
func waitOpen(ctx context.Context, deadline time.Time, o badger.Options) (db *database, err error) {
	if least := time.Now().Add(soon); least.After(deadline) {
		deadline = least
	}
	err = storedir.Poll(ctx, deadline, func() (err error) {
		db, err = openBadger(o)
		if err != nil && sentinelOf(err) == store.ErrBusy {
			return storedir.ErrLocked
		}
		return err
	})
	if errors.Is(err, storedir.ErrLocked) {
		return nil, store.ErrBusy
	}
	return db, err
}

// openBadger opens a database. A panic on the way is an error, and so that it
// wraps ErrCorrupt is any other that is not known to be about something else.
func openBadger(o badger.Options) (db *database, err error) {
	db, err = openHeld(o)
	if err == nil || errors.Is(err, store.ErrStuck) {
		return db, err
	}
	for _, other := range []error{syscall.EIO, syscall.EMFILE, syscall.ENFILE, syscall.ENOMEM, syscall.EFBIG} {
		if strings.Contains(err.Error(), other.Error()) {
			return nil, err
		}
	}
	if sentinelOf(err) == nil && !errors.Is(err, store.ErrCorrupt) {
		err = storedir.Corrupt("%w", err)
	}
	return nil, err
}
