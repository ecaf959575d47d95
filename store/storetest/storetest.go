// Package storetest holds what every store.Store must do, as tests.
package storetest

import (
	"errors"
	"slices"
	"testing"

	"github.com/tacit-vault/tacit/store"
)

// An Opener opens one store, again and again.
type Opener struct {
	// Open opens the store, which the first time is empty. Run closes it.
	Open func(t *testing.T) store.Store
	// Lasting says that what was stored outlives Close.
	Lasting bool
	// NoPurge says that it cannot remove the bytes of what is deleted.
	NoPurge bool
	// InTurns says that nothing can be written while something is read.
	InTurns bool
}

// Run runs the suite; each part gets an opener of its own.
func Run(t *testing.T, opener func(t *testing.T) Opener) {
	for _, part := range []struct {
		name string
		run  func(t *testing.T, o Opener)
	}{
		{"GetPutDelete", testGetPutDelete},
		{"EmptyIsNotAbsent", testEmptyIsNotAbsent},
		{"Copies", testCopies},
		{"KeysInOrder", testKeysInOrder},
		{"KeysNested", testKeysNested},
		{"OwnWrites", testOwnWrites},
		{"DeleteWhileWalking", testDeleteWhileWalking},
		{"Rollback", testRollback},
		{"RollbackOnPanic", testRollbackOnPanic},
		{"Snapshot", testSnapshot},
		{"TooBig", testTooBig},
		{"Full", testFull},
		{"LargeValues", testLargeValues},
		{"InvalidKeys", testInvalidKeys},
		{"Ended", testEnded},
		{"Closed", testClosed},
		{"Reopen", testReopen},
		{"Purge", testPurge},
		{"Random", testRandom},
		{"Concurrent", testConcurrent},
	} {
		t.Run(part.name, func(t *testing.T) {
			t.Parallel()
			o := opener(t)
			if beside := part.name == "Snapshot" || part.name == "Concurrent"; beside && o.InTurns {
				t.Skip("nothing is written while something is read")
			}
			part.run(t, o)
		})
	}
}

// open opens the store, to be closed when the test ends.
func open(t *testing.T, o Opener) store.Store {
	t.Helper()
	s := o.Open(t)
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("closing: %v", err)
		}
	})
	return s
}

// put stores pairs of key and value in one transaction.
func put(t *testing.T, s store.Store, pairs ...string) {
	t.Helper()
	update(t, s, func(w store.Writer) error {
		for i := 0; i < len(pairs); i += 2 {
			if err := w.Put([]byte(pairs[i]), []byte(pairs[i+1])); err != nil {
				return err
			}
		}
		return nil
	})
}

func update(t *testing.T, s store.Store, fn func(store.Writer) error) {
	t.Helper()
	if err := s.Update(fn); err != nil {
		t.Fatalf("update: %v", err)
	}
}

func view(t *testing.T, s store.Store, fn func(store.Reader) error) {
	t.Helper()
	if err := s.View(fn); err != nil {
		t.Fatalf("view: %v", err)
	}
}

// want checks what is stored under a key.
func want(t *testing.T, r store.Reader, key, value string) {
	t.Helper()
	got, err := r.Get([]byte(key))
	if err != nil || string(got) != value {
		t.Errorf("%.40q holds %.40q, %v; want %.40q", key, got, err, value)
	}
}

// wantAbsent checks that nothing is stored under a key.
func wantAbsent(t *testing.T, r store.Reader, key string) {
	t.Helper()
	got, err := r.Get([]byte(key))
	if got != nil || !errors.Is(err, store.ErrNotFound) {
		t.Errorf("%.40q holds %.40q, %v; want nothing", key, got, err)
	}
}

// keys collects what Keys yields.
func keys(t *testing.T, r store.Reader, prefix, from string) []string {
	t.Helper()
	var list []string
	for key, err := range r.Keys([]byte(prefix), []byte(from)) {
		if err != nil {
			t.Fatalf("keys from %q on with prefix %q: %v", from, prefix, err)
		}
		list = append(list, string(key))
	}
	return list
}

// wantKeys checks what Keys yields.
func wantKeys(t *testing.T, r store.Reader, prefix, from string, wanted ...string) {
	t.Helper()
	if got := keys(t, r, prefix, from); !slices.Equal(got, wanted) {
		t.Errorf("keys from %q on with prefix %q: %.400q, want %.400q", from, prefix, got, wanted)
	}
}
