package badgerstore

import (
	"errors"
	"fmt"
	"time"

	"github.com/tacit-vault/tacit/store"
	"github.com/tacit-vault/tacit/store/badgerfiles"
)

// Badger waits without end where the disk fails: it tries again each second to
// write out its memory (flushMemtable), and Open, where it gives up, Close and a
// commit that needs the room wait for that. So each call into Badger that can
// wait runs in a goroutine of its own, which is left behind where it does not
// return. Nothing ends it but the end of the process.

const (
	// flushPatience is how often Badger may fail to write its memory, which it
	// tries again each second, before we stop waiting.
	flushPatience = 3
	// callPatience is how long one call may take where nothing fails. The largest
	// of them writes some 10 MB: that is 20 KB a second, and the kernel gives up
	// on a disk that does not answer after a few minutes.
	callPatience = 10 * time.Minute
	// flushFailed begins what Badger logs when it could not write its memory.
	flushFailed = "error flushing memtable to disk"
)

var errNoAnswer = errors.New("the disk has not answered for minutes")

// await waits for a call into Badger that runs elsewhere and then sends what came
// of it. Where it is not going to return the error wraps ErrStuck, and forsaken
// is closed over once it has returned after all.
func (l *eventLog) await(op string, done <-chan error) error {
	before, _ := l.flushes()
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	patience := l.patience
	if patience == 0 {
		patience = callPatience
	}
	end := time.NewTimer(patience)
	defer end.Stop()
	for {
		select {
		case err := <-done:
			return err
		case <-tick.C:
			if n, err := l.flushes(); n-before >= flushPatience {
				return l.forsake(op, done, err)
			}
		case <-end.C:
			return l.forsake(op, done, errNoAnswer)
		}
	}
}

// forsake leaves a call behind.
func (l *eventLog) forsake(op string, done <-chan error, err error) error {
	l.behind.Add(1)
	go func() {
		defer l.behind.Done()
		<-done
	}()
	if sentinel := sentinelOf(err); sentinel != nil {
		err = fmt.Errorf("%w: %w", sentinel, err)
	}
	return fmt.Errorf("%s: %w: %w", op, store.ErrStuck, err)
}

// call makes a call that can wait.
func (l *eventLog) call(op string, fn func() error) error {
	done := make(chan error, 1)
	go func() { done <- badgerfiles.Guard(op, fn) }()
	return l.await(op, done)
}
