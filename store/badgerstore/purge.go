package badgerstore

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"iter"
	"os"
	"path/filepath"
	"sync/atomic"
	"time"

	badger "github.com/dgraph-io/badger/v4"
	"github.com/tacit-vault/tacit/store"
	"github.com/tacit-vault/tacit/store/badgerfiles"
	"github.com/tacit-vault/tacit/store/storedir"
)

// Purge implements Purger. Badger drops deleted bytes when it pleases, and
// some never, so that Purge writes a new database with what is alive, compares
// the two, and puts it in the place of the old one, whose files it removes. It
// needs room for a copy of what is alive. A Purge that is stopped, by ctx or a
// kill, leaves the store as it was.
func (b *Store) Purge(ctx context.Context) error {
	if b.readOnly {
		return store.ErrReadOnly
	}
	b.write.Lock()
	defer b.write.Unlock()
	b.mu.Lock()
	defer b.mu.Unlock()
	if err := b.usable(); err != nil {
		return err
	}
	if !b.lock.Current() {
		return fmt.Errorf("%w: the folder, or its lock, was exchanged while it was open", store.ErrUnsafe)
	}
	if err := b.shut(b.db); err != nil {
		b.fail(err)
		return err
	}
	err := b.rewrite(ctx)
	if err == nil {
		err = b.folder.replace(storedir.NewName)
	}
	if errors.Is(err, store.ErrStuck) {
		b.fail(err)
		return err
	}
	if err == nil {
		err = b.folder.oldGone()
	}
	return errors.Join(err, b.reopen(ctx))
}

// CheckPurge implements Purger.
func (b *Store) CheckPurge(gone []byte) error {
	// What a deletion leaves on the disk before the purge begins, generously.
	const deletion = 256 << 10
	if b.readOnly {
		return store.ErrReadOnly
	}
	b.write.Lock()
	defer b.write.Unlock()
	if err := b.inPlace(); err != nil {
		return err
	}
	b.mu.RLock()
	defer b.mu.RUnlock()
	if err := b.usable(); err != nil {
		return err
	}
	if !b.tight && b.written == 0 { // as the deletion would
		if err := b.makeRoom(); err != nil {
			return err
		}
	}
	live, err := liveBytes(b.db, gone)
	if err != nil {
		return err
	}
	return b.roomToPurge(live + deletion)
}

// roomToPurge makes sure that a copy of what is alive can be written, with an
// index.
func (b *Store) roomToPurge(live int64) error {
	need := live + live/8 + badgerfiles.Reserve
	if b.tight {
		need += badgerfiles.TightReserve - badgerfiles.Reserve
	}
	return storedir.NeedSpace(b.folder.dir, need)
}

// reopen opens the database anew. Where that fails, the store is at its end.
func (b *Store) reopen(ctx context.Context) error {
	b.db, b.written, b.tight = nil, 0, false
	err := b.folder.settle()
	if err == nil {
		err = b.openWriter(context.WithoutCancel(ctx), time.Now().Add(time.Second))
	}
	if err != nil {
		b.fail(err)
	}
	return err
}

// rewrite makes db.new, complete and synced, from db, which nobody has open.
func (b *Store) rewrite(ctx context.Context) (err error) {
	s, err := badgerfiles.Read(b.folder.path(storedir.DatabaseName))
	if err != nil {
		return err
	}
	if err := s.Check(true); err != nil {
		return err
	}
	if err := b.folder.drop(storedir.PartName); err != nil {
		return err
	}
	part := b.folder.path(storedir.PartName)
	if err := os.Mkdir(part, 0o700); err != nil {
		return err
	}
	defer func() {
		if err != nil && !errors.Is(err, store.ErrStuck) {
			err = errors.Join(err, b.folder.drop(storedir.PartName))
		}
	}()
	src, err := openSoon(settings(s.Dir, canReadOnly, b.log))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, closeBadger(src, b.log)) }()
	live, err := liveBytes(src, nil)
	if err != nil {
		return err
	}
	if err := b.roomToPurge(live); err != nil {
		return err
	}
	o := settings(part, false, b.log).WithSyncWrites(false) // synced at the end
	dst, err := openSoon(o)
	if err != nil {
		return err
	}
	err = errors.Join(copyEntries(ctx, dst, src), closeBadger(dst, b.log))
	if err != nil {
		return err
	}
	if err := sinkTables(part); err != nil {
		return err
	}
	if dst, err = openSoon(settings(part, canReadOnly, b.log)); err != nil {
		return err
	}
	if err := errors.Join(sameEntries(ctx, dst, src), closeBadger(dst, b.log)); err != nil {
		return err
	}
	if err := syncFiles(part); err != nil {
		return err
	}
	leaveRanges(part)
	return b.folder.rename(storedir.PartName, storedir.NewName)
}

// sinkTables moves all tables to the last level. The entries were written in
// ascending order, so that no two tables overlap, and Badger looks in one only.
func sinkTables(dir string) error {
	s, err := badgerfiles.Read(dir)
	if err != nil {
		return err
	}
	if err := s.ReadManifest(); err != nil {
		return err
	}
	for id := range s.Manifest.Tables {
		s.Manifest.Tables[id] = badgerfiles.BadgerLevels - 1
	}
	return os.WriteFile(filepath.Join(dir, badgerfiles.ManifestName), s.Manifest.Encode(), 0o600)
}

// liveBytes is how large the entries of src are, but for those whose keys begin
// with gone, where that is not empty. It reads no values. How much of the files
// is alive only the entries tell: after a rotation it is less than half.
func liveBytes(src *database, gone []byte) (n int64, err error) {
	err = src.View(func(txn *badger.Txn) error {
		return badgerfiles.Guard("purge", func() error {
			o := badger.DefaultIteratorOptions
			o.PrefetchValues = false
			it := txn.NewIterator(o)
			defer it.Close()
			for it.Rewind(); it.Valid(); it.Next() {
				if item := it.Item(); len(gone) == 0 || !bytes.HasPrefix(item.Key(), gone) {
					n += item.EstimatedSize()
				}
			}
			return nil
		})
	})
	return n, err
}

// copyEntries writes all entries of src into dst.
func copyEntries(ctx context.Context, dst, src *database) error {
	from := newReadTx(src, new(atomic.Bool))
	defer from.end()
	to := newWriteTx(dst, new(atomic.Bool))
	defer func() { to.end() }()
	for key, err := range from.Keys(nil, nil) {
		if err != nil {
			return err
		}
		value, err := from.Get(key)
		if err != nil {
			return err
		}
		if err = to.Put(key, value); errors.Is(err, store.ErrTooBig) {
			if err := errors.Join(ctx.Err(), to.commit("purge", dst.log)); err != nil {
				return err
			}
			to = newWriteTx(dst, new(atomic.Bool))
			err = to.Put(key, value)
		}
		if err != nil {
			return err
		}
	}
	return errors.Join(ctx.Err(), to.commit("purge", dst.log))
}

// sameEntries compares two databases, entry by entry.
func sameEntries(ctx context.Context, one, other *database) error {
	a, b := newReadTx(one, new(atomic.Bool)), newReadTx(other, new(atomic.Bool))
	defer a.end()
	defer b.end()
	next, stop := iter.Pull2(a.Keys(nil, nil))
	defer stop()
	for want, err := range b.Keys(nil, nil) {
		key, gotErr, ok := next()
		if err := errors.Join(err, gotErr, ctx.Err()); err != nil {
			return err
		}
		if !ok || !bytes.Equal(key, want) {
			return fmt.Errorf("%w: an entry got lost in rewriting", store.ErrCorrupt)
		}
		x, err := a.Get(key)
		if err != nil {
			return err
		}
		y, err := b.Get(key)
		if err != nil {
			return err
		}
		if !bytes.Equal(x, y) {
			return fmt.Errorf("%w: an entry was altered in rewriting", store.ErrCorrupt)
		}
	}
	if _, _, more := next(); more {
		return fmt.Errorf("%w: an entry came up in rewriting", store.ErrCorrupt)
	}
	return nil
}

// syncFiles makes a folder and its files durable.
func syncFiles(dir string) error {
	entries, err := storedir.Entries(dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		f, err := storedir.OpenNoFollow(filepath.Join(dir, e.Name()), os.O_RDWR)
		if err != nil {
			return err
		}
		if err := errors.Join(f.Sync(), f.Close()); err != nil {
			return err
		}
	}
	return storedir.SyncDir(dir)
}
