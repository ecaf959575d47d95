package badgerstore

import (
	"errors"
	"testing"
	"time"

	"github.com/tacit-vault/tacit/store"
	"github.com/tacit-vault/tacit/store/storedir"
)

// A call that fails again and again, or does not return, is left behind with an
// error that says which it was; one that is slow is not.
func TestAwait(t *testing.T) {
	t.Parallel()
	const failing = "error flushing memtable to disk: while calling msync: input/output error, retrying"
	t.Run("the disk fails", func(t *testing.T) {
		log, release := &eventLog{}, make(chan struct{})
		defer close(release)
		for range flushPatience { // of an earlier call
			log.Errorf(failing)
		}
		failed := make(chan error, 1)
		go func() {
			failed <- log.call("closing", func() error {
				for range flushPatience {
					log.Errorf(failing)
				}
				<-release
				return nil
			})
		}()
		err := <-failed
		if want := "closing: " + store.ErrStuck.Error() + ": while calling msync: input/output error"; !errors.Is(err, store.ErrStuck) || err.Error() != want {
			t.Errorf("%v, want %s", err, want)
		}
	})
	t.Run("it is full", func(t *testing.T) {
		log, release := &eventLog{}, make(chan struct{})
		defer close(release)
		err := log.call("closing", func() error {
			for range flushPatience {
				log.Errorf("error flushing memtable to disk: %v, retrying", storedir.ErrnoNoSpace)
			}
			<-release
			return nil
		})
		if !errors.Is(err, store.ErrStuck) || !errors.Is(err, store.ErrNoSpace) {
			t.Errorf("%v, want ErrStuck and ErrNoSpace", err)
		}
	})
	t.Run("it does not answer", func(t *testing.T) {
		log, release := &eventLog{patience: time.Millisecond}, make(chan struct{})
		if err := log.call("commit", func() error { <-release; return nil }); !errors.Is(err, store.ErrStuck) {
			t.Errorf("%v, want ErrStuck", err)
		}
		close(release)
		log.behind.Wait() // it is known that the call returned after all
	})
	t.Run("it comes back", func(t *testing.T) {
		log := &eventLog{}
		err := log.call("commit", func() error {
			log.Errorf(failing)
			log.Errorf("anything else")
			log.Errorf("anything else")
			return errKeyOrder
		})
		if !errors.Is(err, errKeyOrder) {
			t.Errorf("%v, want the call's", err)
		}
	})
	t.Run("a panic", func(t *testing.T) {
		if err := new(eventLog).call("commit", func() error { panic("x") }); !errors.Is(err, store.ErrCorrupt) {
			t.Errorf("%v, want ErrCorrupt", err)
		}
	})
}
