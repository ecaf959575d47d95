package badgerstore

import (
	"errors"
	"fmt"
	"runtime/debug"
	"sync"
	"sync/atomic"

	badger "github.com/dgraph-io/badger/v4"
	"github.com/tacit-vault/tacit/store"
	"github.com/tacit-vault/tacit/store/storedir"
)

// Store is the store on disk. Open makes one.
type Store struct {
	folder   folder // that holds db, lock and ballast
	opts     store.Options
	readOnly bool
	log      *eventLog
	lock     *storedir.Lock
	small    bool // the session is one that writes little; guarded by write

	write sync.Mutex   // held by the one Update
	mu    sync.RWMutex // held for reading by transactions; for writing by Close and Purge
	db    *database    // guarded by mu
	over  bool         // guarded by mu; Close was called

	// Of a writer's session; guarded by write.
	marked  bool  // the lock file says that Badger's log has to be there
	tight   bool  // the disk was too full to begin without the ballast's room
	written int64 // bytes put into the log since it was known to be a new one
	total   int64 // bytes put into any log

	lastTable uint64 // the last one that was there when it began

	damaged atomic.Bool // a read found damage; Badger may hold a lock for good

	brokenMu sync.Mutex
	broken   error // guarded by brokenMu; why nothing more is done, or nil
}

var (
	_ store.Store  = (*Store)(nil)
	_ store.Purger = (*Store)(nil)
	_ store.Spacer = (*Store)(nil)
	_ store.Holder = (*Store)(nil)
	_ store.Grower = (*Store)(nil)

	_ store.FileChecker = (*Store)(nil)
)

// View implements Store. A value or key that the files no longer hold whole
// makes Get and Keys fail with an error wrapping ErrCorrupt.
func (b *Store) View(fn func(store.Reader) error) error {
	b.mu.RLock()
	defer b.mu.RUnlock()
	if err := b.usable(); err != nil {
		return err
	}
	tx := newReadTx(b.db, &b.damaged)
	defer tx.end()
	return fn(tx)
}

// Update implements Store. An error that wraps ErrUncertain also ends the use
// of this store, by this process: the next one finds out what was written.
func (b *Store) Update(fn func(store.Writer) error) error {
	if b.readOnly {
		return store.ErrReadOnly
	}
	b.write.Lock()
	defer b.write.Unlock()
	if err := b.inPlace(); err != nil {
		return err
	}
	if err := errors.Join(b.outgrow(), b.thin()); err != nil {
		return err
	}
	b.mu.RLock()
	defer b.mu.RUnlock()
	if err := b.usable(); err != nil {
		return err
	}
	tx := newWriteTx(b.db, &b.damaged)
	tx.few = b.small
	defer tx.end()
	if err := fn(tx); err != nil {
		return err
	}
	if tx.budget.Empty() {
		return nil
	}
	return b.commit(tx)
}

// inPlace refuses to change anything where another folder stands at the store's
// path: some of what a commit does goes by that name.
func (b *Store) inPlace() error {
	b.mu.RLock()
	defer b.mu.RUnlock()
	if err := b.usable(); err != nil {
		return err
	}
	if !b.lock.InPlace() {
		return fmt.Errorf("%w: the folder, or its lock, was exchanged while it was open", store.ErrUnsafe)
	}
	return nil
}

// commit makes the transaction durable.
func (b *Store) commit(tx *writeTx) error {
	if err := b.room(tx.budget); err != nil {
		return err
	}
	if err := b.mark(); err != nil {
		return err
	}
	before, _ := b.log.last()
	err := tx.commit("commit", b.log)
	switch {
	case errors.Is(err, badger.ErrTxnTooBig), errors.Is(err, badger.ErrBlockedWrites), errors.Is(err, badger.ErrDBClosed):
		return classify("commit", err) // refused before anything was written
	case err == nil:
		after, logged := b.log.last()
		if after == before {
			return nil
		}
		err = logged
	}
	// Part of the transaction may lie in the log. Whatever is written behind
	// it would be lost in a replay, so nothing is.
	err = fmt.Errorf("%w: %w", store.ErrUncertain, classify("commit", err))
	b.fail(err)
	return err
}

// usable tells why the store cannot be used. The caller holds mu.
func (b *Store) usable() error {
	if b.over {
		return store.ErrClosed
	}
	b.brokenMu.Lock()
	defer b.brokenMu.Unlock()
	return b.broken
}

// fail ends the use of the store.
func (b *Store) fail(err error) {
	b.brokenMu.Lock()
	defer b.brokenMu.Unlock()
	if b.broken == nil {
		b.broken = err
	}
}

// warn tells who opened the store what does not stop the work.
func (b *Store) warn(err error) {
	if b.opts.Warn != nil && err != nil {
		b.opts.Warn(err)
	}
}

// faultsPanic lets a page that the disk cannot give panic in this goroutine,
// where guard catches it, instead of ending the process. It returns the undo.
func faultsPanic() func() {
	old := debug.SetPanicOnFault(true)
	return func() { debug.SetPanicOnFault(old) }
}
