package badgerstore_test

import (
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/tacit-vault/tacit/store"
	"github.com/tacit-vault/tacit/store/badgerstore"
)

// Badger's own lock is in other hands for a moment whenever a process of ours
// starts another. A recovery waits that out, and does not forget the log that
// it has just replayed.
func TestRecoveryBesideStrangers(t *testing.T) {
	t.Parallel()
	for range 3 {
		dir, count := crashed(t, 200)
		stop := lookIn(filepath.Join(dir, "db"))
		for range 3 {
			s, err := badgerstore.Open(t.Context(), dir, store.Options{ReadOnly: true, Wait: 3 * time.Minute})
			if err != nil {
				stop()
				t.Fatal(err)
			}
			wantWritten(t, s, 200, count)
			if err := s.Close(); err != nil {
				t.Error(err)
			}
		}
		stop()
	}
}

// Nor does a process that starts others, as one that runs commands beside an
// open vault, find its own vault in use: not even where it does not wait.
func TestOpenBesideStrangers(t *testing.T) {
	t.Parallel()
	for _, o := range []store.Options{{}, {ReadOnly: true}} {
		dir := newStore(t, 1)
		held, err := os.Open(filepath.Join(dir, "db"))
		if err != nil {
			t.Fatal(err)
		}
		if err := unix.Flock(int(held.Fd()), unix.LOCK_EX); err != nil {
			t.Fatal(err)
		}
		time.AfterFunc(20*time.Millisecond, func() { held.Close() })
		s, err := badgerstore.Open(t.Context(), dir, o)
		if err != nil {
			t.Fatalf("%+v: %v", o, err)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
}

// lookIn takes Badger's lock of the folder for some milliseconds, again and again.
func lookIn(dir string) (stop func()) {
	return repeat(func() {
		time.Sleep(rand.N(8 * time.Millisecond))
		f, err := os.Open(dir)
		if err != nil {
			return // it is being replaced
		}
		if unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB) == nil {
			time.Sleep(rand.N(8 * time.Millisecond))
		}
		f.Close()
	})
}

// repeat does something again and again, beside the test.
func repeat(do func()) (stop func()) {
	over, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		for {
			select {
			case <-over:
				return
			default:
				do()
			}
		}
	}()
	return func() { close(over); <-done }
}
