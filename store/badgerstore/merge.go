package badgerstore

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/dgraph-io/badger/v4/y"
	"github.com/tacit-vault/tacit/store/badgerfiles"
	"github.com/tacit-vault/tacit/store/storedir"
)

// Badger merges no tables here. Where it cannot write the result, for a full disk,
// an error of the medium or want of file descriptors, it forgets about it and
// deletes what it was made of (levelsController.subcompact, 4.9.6: a deferred
// call that takes its error while that is still nil). So tables are merged
// here, while nobody has them open: the result is compared with what it was
// made of and synced, in a folder of its own, before it takes its place.

// merge merges some of the tables of a database that is closed, if there are
// many, or all of them at the end of a session that wrote much: written bytes. The
// caller has the exclusive lock. On an error all is as it was, or the next open
// settles it.
func (f folder) merge(written int64) error {
	s, err := badgerfiles.Read(f.path(storedir.DatabaseName))
	if err != nil {
		return err
	}
	if err := s.ReadManifest(); err != nil {
		return err
	}
	fits := func(m badgerfiles.MergePlan) bool {
		return storedir.NeedSpace(f.dir, badgerfiles.Reserve+m.Size) == nil
	}
	m, ok := badgerfiles.PlanMergeAll(s.Runs(), written)
	if !ok || !fits(m) {
		m, ok = badgerfiles.PlanMerge(s.Runs())
	}
	if !ok || s.Unclean() || !fits(m) {
		return nil
	}
	err = f.writeMerged(s, m)
	if err == nil {
		err = f.rename(storedir.PartName, storedir.NewName)
	}
	if err != nil {
		return errors.Join(fmt.Errorf("merging tables: %w", err), f.drop(storedir.PartName))
	}
	if err := f.replace(storedir.NewName); err != nil {
		return errors.Join(fmt.Errorf("merging tables: %w", err), f.settle())
	}
	return nil
}

// checkDue looks at every block of the tables that are due to be merged. The last
// session did not merge them, perhaps because one is damaged. Without this check
// each session would leave one more table, and a warning that nobody may read.
func checkDue(s *badgerfiles.Set) error {
	m, ok := badgerfiles.PlanMerge(s.Runs())
	if !ok {
		return nil
	}
	return s.CheckTables(m.Tables)
}

// thin merges tables in the middle of a session that has made a crowd of them,
// unless somebody is reading. The caller holds write.
func (b *Store) thin() error {
	if b.written <= badgerfiles.MemTableSize || !b.mu.TryLock() {
		return nil
	}
	defer b.mu.Unlock()
	if err := b.usable(); err != nil {
		return err
	}
	b.written = 0 // the memtable has become a table meanwhile
	if b.damaged.Load() || b.db.Levels()[0].NumTables < badgerfiles.ManyMoreTables {
		return nil
	}
	if err := b.shut(b.db); err != nil {
		b.fail(err)
		return err
	}
	b.warn(b.folder.merge(0)) // there is more to come
	return b.reopen(context.Background())
}

// writeMerged makes db.part, complete and synced: what db holds, with other tables.
func (f folder) writeMerged(s *badgerfiles.Set, m badgerfiles.MergePlan) error {
	if err := f.drop(storedir.PartName); err != nil {
		return err
	}
	part := f.path(storedir.PartName)
	if err := os.Mkdir(part, 0o700); err != nil {
		return err
	}
	gone := map[string]bool{badgerfiles.ManifestName: true, badgerfiles.DiscardName: true}
	for _, id := range m.Tables {
		gone[badgerfiles.TableName(id)] = true
	}
	if err := copyFiles(s, part, func(name string) bool { return gone[name] }); err != nil {
		return err
	}
	made, err := mergeTables(part, s, m)
	if err != nil {
		return err
	}
	for _, id := range m.Tables {
		delete(s.Manifest.Tables, id)
	}
	for _, id := range made {
		s.Manifest.Tables[id] = m.Level
	}
	manifest, err := storedir.OpenNoFollow(filepath.Join(part, badgerfiles.ManifestName), os.O_WRONLY|os.O_CREATE|os.O_EXCL)
	if err != nil {
		return err
	}
	_, err = manifest.Write(s.Manifest.Encode())
	if err := errors.Join(err, manifest.Sync(), manifest.Close()); err != nil {
		return err
	}
	leaveRanges(part)
	return storedir.SyncDir(part)
}

// mergeTables writes into part what the tables of s hold that are to be merged,
// and proves it. made are the numbers of the new tables.
func mergeTables(part string, s *badgerfiles.Set, m badgerfiles.MergePlan) (made []uint64, err error) {
	defer faultsPanic()()
	err = badgerfiles.Guard("merge", func() error {
		old, err := openTables(s.Dir, m.Tables)
		if err != nil {
			return err
		}
		defer old.close()
		entries := func(fn func(key []byte, v y.ValueStruct) error) error {
			return old.newest(func(key []byte, v y.ValueStruct) error {
				if m.Whole && v.Meta&bitDelete != 0 {
					return nil // there is nothing older to hide
				}
				return fn(key, v)
			})
		}
		w := &tableWriter{dir: part, next: s.LastTable() + 1, size: badgerfiles.MergedTableSize}
		if m.Size <= badgerfiles.TableSize {
			w.size = m.Size + m.Size/4 + 64<<10 // one table, whatever its index takes
		}
		defer w.close()
		if err := errors.Join(entries(w.add), w.flush()); err != nil {
			return err
		}
		made = w.written
		fresh, err := openTables(part, made)
		if err != nil {
			return err
		}
		defer fresh.close()
		return fresh.sameAs(entries)
	})
	return made, err
}
