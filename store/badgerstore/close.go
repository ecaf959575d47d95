package badgerstore

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/tacit-vault/tacit/store"
	"github.com/tacit-vault/tacit/store/badgerfiles"
	"github.com/tacit-vault/tacit/store/storedir"
)

// damagePatience is how long Badger may take to close after a read that found
// damage. It can wait for ever then, for a lock that the read did not give back.
const damagePatience = 5 * time.Second

// closeBadger closes a database. Where Badger cannot write what it holds in
// memory, it is left alone after a while, with ErrStuck: nothing is lost, all of it
// is in the log.
func closeBadger(db *database, log *eventLog) error { return closeWithin(db, log, nil) }

// closeWithin is closeBadger that also ends, without an error, when limit fires.
func closeWithin(db *database, log *eventLog, limit <-chan time.Time) error {
	done, ended := make(chan error, 1), make(chan error, 1)
	go func() {
		err := badgerfiles.Guard("close", db.Close)
		db.letGo()
		done <- err
	}()
	go func() { ended <- log.await("closing", done) }()
	select {
	case err := <-ended:
		if errors.Is(err, store.ErrStuck) {
			return fmt.Errorf("%w; the changes are left in the log", err)
		}
		return classify("closing", err)
	case <-limit:
		return nil
	}
}

// Close implements Store. Where there is no room left for the table that the
// session's changes become, or where a commit failed, it leaves the files as
// they are, with everything acknowledged in the log, for the next Open to
// recover; the process then still counts as using the store until it ends.
func (b *Store) Close() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.over {
		return nil
	}
	defer b.lock.Close()
	return b.closeFiles()
}

// CloseHeld implements Holder.
func (b *Store) CloseHeld() (release func(), err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.over {
		return nil, store.ErrClosed
	}
	return b.lock.Close, b.closeFiles()
}

// closeFiles is Close but for the lock. The caller holds mu.
func (b *Store) closeFiles() error {
	broken := b.usable()
	b.over = true
	if broken != nil {
		return nil // what failed has said so
	}
	// What lies in the folder by its name is another's once that is exchanged.
	here := b.lock.Current()
	wrote := b.marked && !b.damaged.Load() && here
	err := b.shut(b.db)
	b.db = nil
	if wrote && err == nil && !b.damaged.Load() {
		b.warn(b.folder.merge(b.total))
	}
	if !b.readOnly && here {
		b.tidy()
	}
	return err
}

// shut closes the database. The caller holds mu.
func (b *Store) shut(db *database) error {
	if b.marked {
		if err := b.roomToClose(); err != nil {
			return err
		}
		if err := b.lock.MarkClosed(); err != nil {
			return fmt.Errorf("closing: %w", err)
		}
		b.marked = false
	}
	var limit <-chan time.Time
	if b.damaged.Load() {
		limit = time.After(damagePatience)
	}
	err := closeWithin(db, b.log, limit)
	if n, _ := b.log.last(); n > 0 && !b.readOnly {
		err = errors.Join(err, unlist(b.folder.path(storedir.DatabaseName), b.lastTable))
	}
	return err
}

// unlist removes what Badger leaves in the folder dir of a table after the last one
// that it could not write or list, before it wrote another with the same content:
// the file where it could not be
// synced, and in the MANIFEST the table that it deleted since that could not be
// synced. Only the session itself knows that nothing is lost with them.
func unlist(dir string, last uint64) error {
	s, err := badgerfiles.Read(dir)
	if err != nil || s.Unclean() {
		return err
	}
	if err := s.ReadManifest(); err != nil {
		return err
	}
	var lost []uint64
	for id := range s.Manifest.Tables {
		if _, there := s.TableSizes[id]; !there && id > last {
			lost = append(lost, id)
			delete(s.Manifest.Tables, id)
		}
	}
	if len(lost) > 0 && s.Manifest.Torn {
		err = rewriteManifest(s)
	} else if len(lost) > 0 { // not anew: the disk has just failed, and this is less to be done
		err = unlistTables(s, lost)
	}
	for _, id := range s.Tables {
		if _, ok := s.Manifest.Tables[id]; !ok && id > last {
			err = errors.Join(err, os.Remove(filepath.Join(s.Dir, badgerfiles.TableName(id))))
		}
	}
	return err
}

// roomToClose makes sure that the memtable can become a table.
func (b *Store) roomToClose() error {
	need := min(b.written, 2*badgerfiles.MemTableSize) + 1<<20
	err := storedir.NeedSpace(b.folder.dir, need)
	if err == nil || os.Remove(b.folder.path(storedir.BallastName)) != nil {
		return err
	}
	return storedir.NeedSpace(b.folder.dir, need)
}

// mark notes in the lock file, before the first commit, which log of Badger's
// has to be there from now on. The caller holds write.
func (b *Store) mark() error {
	if b.marked {
		return nil
	}
	s, err := badgerfiles.Read(b.folder.path(storedir.DatabaseName))
	if err != nil {
		return err
	}
	if len(s.MemLogs) == 0 {
		return storedir.Corrupt("the log is missing")
	}
	if err := b.lock.MarkOpen(s.MemLogs[len(s.MemLogs)-1]); err != nil {
		return err
	}
	b.marked = true
	return nil
}

// tidy runs after a writer has closed its database.
func (b *Store) tidy() {
	entries, err := storedir.Entries(b.folder.path(storedir.DatabaseName))
	if err != nil {
		b.warn(err)
		return
	}
	for _, e := range entries {
		if info, err := e.Info(); err == nil {
			b.warn(storedir.MakePrivate(filepath.Join(b.folder.path(storedir.DatabaseName), e.Name()), info))
		}
	}
	b.warn(b.folder.restoreBallast())
}
