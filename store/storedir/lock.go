package storedir

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"time"

	"github.com/tacit-vault/tacit/store"
)

const (
	// LockName is the lock file's.
	LockName = "lock"
	// The pauses between two tries for a lock. The first is short against the
	// 10 ms that a command holds it, the last keeps a long wait cheap.
	firstPause = 300 * time.Microsecond
	lastPause  = 8 * time.Millisecond
	// queuePatience is how long a reader waits its turn behind a writer that
	// waits for other readers. Then it goes first: a writer cannot keep readers
	// out for as long as some other reader stays.
	queuePatience = 200 * time.Millisecond
)

// Lock is the store's own lock: any number of readers, or one writer.
//
// It is two locks of the system, both given back when the process ends. Who
// wants the second, which is the lock proper, first takes the first and keeps
// it while waiting. So whoever has just let go stands behind whoever waits, and two
// processes that open, write and close in a tight loop take turns. The lock proper
// is on the lock file and, where the system can, on the folder itself: who removes
// or exchanges the file lets nobody in.
type Lock struct {
	file   *os.File // the lock file; nil where a read-only medium has none
	folder *os.File // locked besides it; nil where that cannot be
	queue  *queue   // nil for a peek
	Held   Mode

	signed bool // it says who has it
}

// Mode is how a lock is held.
type Mode int

// The modes.
const (
	unlocked Mode = iota
	Shared
	Exclusive
)

// ErrForeign says why something is refused that is the owner's to do.
var ErrForeign = errors.New("it belongs to another user")

// ErrLocked is what a try for a lock returns while somebody else has it.
var ErrLocked = errors.New("locked")

// OpenLock opens the lock file, without taking the lock. One that was removed
// is made anew: it holds nothing that would be missed, and Badger has a lock
// of its own beneath.
func OpenLock(dir string, foreign bool) (*Lock, error) {
	path := filepath.Join(dir, LockName)
	flags := os.O_RDWR | os.O_CREATE
	if foreign {
		flags = os.O_RDONLY
	}
	f, err := OpenNoFollow(path, flags)
	if foreign && errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%w: %w; its owner must open it first: its lock file is missing", store.ErrReadOnly, ErrForeign)
	}
	if err != nil && notWritable(err) && !foreign {
		readOnly := err
		if f, err = OpenNoFollow(path, os.O_RDONLY); errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("%w: %w", store.ErrReadOnly, readOnly)
		}
	}
	if err != nil {
		return nil, fmt.Errorf("opening the lock: %w", err)
	}
	if info, err := f.Stat(); err != nil || !info.Mode().IsRegular() {
		f.Close()
		return nil, fmt.Errorf("%w: %s is not a regular file", store.ErrUnsafe, LockName)
	}
	q, err := openQueue(dir, f)
	if err != nil {
		f.Close()
		return nil, fmt.Errorf("opening the lock: %w", err)
	}
	folder, err := lockedFolder(dir)
	if err != nil {
		q.close()
		f.Close()
		return nil, fmt.Errorf("opening the lock: %w", err)
	}
	return &Lock{file: f, folder: folder, queue: q}, nil
}

// try takes the lock, both of its parts or none.
func (l *Lock) try(want Mode) error {
	if err := tryLock(l.file, want); err != nil || l.folder == nil {
		return err
	}
	err := tryLock(l.folder, want)
	if errors.Is(err, ErrLocked) {
		unlockFile(l.file)
		return err
	}
	return nil // a file system that locks no folders (NFS) has the file
}

// notWritable tells whether err says that a file may be read but not written.
func notWritable(err error) bool {
	return errors.Is(err, fs.ErrPermission) || errors.Is(err, errReadOnlyFS)
}

// Acquire takes the lock, waiting until the deadline or the end of ctx. It
// returns an error wrapping ErrBusy, or the context's. On an exclusive lock
// the caller stays at the head of the queue until it calls leaveQueue.
func (l *Lock) Acquire(ctx context.Context, want Mode, deadline time.Time) error {
	err := l.enterQueue(ctx, want, deadline)
	if err != nil {
		return err
	}
	err = Poll(ctx, deadline, func() error { return l.try(want) })
	if err != nil {
		l.leaveQueue()
		return waited(ctx, err)
	}
	l.Held = want
	if !l.Current() {
		l.GiveBack()
		return fmt.Errorf("%w: it was replaced by another store while this waited for it", store.ErrBusy)
	}
	if want == Shared {
		l.leaveQueue()
	}
	return nil
}

// Current tells whether file and folder still are what their names lead to: others
// may have been put in their place, during the wait or since.
func (l *Lock) Current() bool {
	if !same(l.file, os.Lstat) {
		return false
	}
	return l.folder == nil || same(l.folder, os.Stat)
}

// InPlace tells whether what is written by names still gets to the store that is
// held: where the folder is locked, a lock file that somebody took lets nobody in.
func (l *Lock) InPlace() bool {
	if l.folder != nil {
		return same(l.folder, os.Stat)
	}
	return l.Current()
}

// same tells whether an open file is the one that its name leads to.
func same(f *os.File, look func(string) (fs.FileInfo, error)) bool {
	there, err := look(f.Name())
	if err != nil {
		return false
	}
	ours, err := f.Stat()
	return err == nil && os.SameFile(there, ours)
}

// Hold keeps every other process from the store in the folder dir until release
// is called, without looking at its files. The error wraps ErrBusy, or is the
// context's.
func Hold(ctx context.Context, dir string, wait time.Duration) (release func(), err error) {
	const op = "holding the store"
	l, err := OpenLock(dir, false)
	if err != nil {
		return nil, Classify(op, err)
	}
	if err := l.Acquire(ctx, Exclusive, time.Now().Add(wait)); err != nil {
		l.Close()
		return nil, Classify(op, err)
	}
	l.Settled()
	l.Sign("")
	return l.Close, nil
}

// Peek keeps writers out of the store in the folder dir until the lock is released,
// without a place in the queue. The lock is nil where there is no lock file, and so
// nobody who could be writing. The error wraps ErrBusy, or is the context's.
func Peek(ctx context.Context, dir string, wait time.Duration) (*Lock, error) {
	f, err := OpenNoFollow(filepath.Join(dir, LockName), os.O_RDONLY)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	folder, err := lockedFolder(dir)
	if err != nil {
		f.Close()
		return nil, err
	}
	l := &Lock{file: f, folder: folder}
	if err := Poll(ctx, time.Now().Add(wait), func() error { return l.try(Shared) }); err != nil {
		l.Close()
		return nil, waited(ctx, err)
	}
	l.Held = Shared
	return l, nil
}

// enterQueue waits for the first lock; a reader only for a while.
func (l *Lock) enterQueue(ctx context.Context, want Mode, deadline time.Time) error {
	patience := deadline
	if want == Shared {
		if t := time.Now().Add(queuePatience); t.Before(deadline) {
			patience = t
		}
	}
	err := Poll(ctx, patience, l.queue.try)
	if want == Shared && ctx.Err() == nil {
		return nil // its turn, or out of patience, or no such locks here
	}
	return waited(ctx, err)
}

// leaveQueue lets the next one wait for the lock.
func (l *Lock) leaveQueue() {
	if l.queue != nil {
		l.queue.release()
	}
}

// Settled is leaveQueue once the store is open. Where the queue is what is locked
// of the folder, a writer stays in it.
func (l *Lock) Settled() {
	if l.folder != nil || l.Held != Exclusive {
		l.leaveQueue()
	}
}

// Downgrade makes an exclusive lock a shared one. Nobody gets in between while
// the caller is at the head of the queue.
func (l *Lock) Downgrade() error {
	l.unsign()
	if err := l.try(Shared); err != nil {
		return fmt.Errorf("giving up the exclusive lock: %w", err)
	}
	l.Held = Shared
	return nil
}

// GiveBack gives the lock back and keeps the file open.
func (l *Lock) GiveBack() {
	if l.Held != unlocked {
		l.unsign()
		if l.folder != nil {
			unlockFile(l.folder)
		}
		unlockFile(l.file)
		l.Held = unlocked
	}
	l.leaveQueue()
}

// Close gives everything back. A second release does nothing.
func (l *Lock) Close() {
	l.GiveBack()
	if l.queue != nil {
		l.queue.close()
	}
	if l.folder != nil {
		l.folder.Close()
	}
	l.file.Close()
}

// waited makes the error of a wait one of this package's.
func waited(ctx context.Context, err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, ErrLocked):
		return store.ErrBusy
	case ctx.Err() != nil:
		return fmt.Errorf("waiting for the lock: %w", err)
	default:
		return fmt.Errorf("locking: %w", err)
	}
}

// Poll calls try until it returns something else than ErrLocked, at least once.
func Poll(ctx context.Context, deadline time.Time, try func() error) error {
	pause := firstPause
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		err := try()
		if !errors.Is(err, ErrLocked) {
			return err
		}
		left := time.Until(deadline)
		if left <= 0 {
			return ErrLocked
		}
		jittered := pause/2 + rand.N(pause)
		timer := time.NewTimer(min(jittered, left))
		select {
		case <-ctx.Done():
			timer.Stop()
			return ctx.Err()
		case <-timer.C:
		}
		pause = min(pause*3/2, lastPause)
	}
}
