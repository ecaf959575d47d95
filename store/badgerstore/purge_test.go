package badgerstore_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/tacit-vault/tacit/store"
)

// After Purge no file holds bytes that were deleted or replaced: not the
// tables, not the value log, not the log of the session.
func TestPurgeLeavesNoBytes(t *testing.T) {
	t.Parallel()
	marker := func(name string, n int) []byte {
		var seed [32]byte
		copy(seed[:], name)
		b := make([]byte, n)
		rand.NewChaCha8(seed).Read(b)
		return b
	}
	const large = 100_000
	dead := map[string][]byte{}
	live := map[string][]byte{}
	dir := t.TempDir()
	s := mustOpen(t, dir, store.Options{Create: true})
	for round := range 6 { // several tables, several value logs
		err := s.Update(func(w store.Writer) error {
			for _, n := range []int{200, large} {
				for _, fate := range []string{"deleted", "replaced", "kept"} {
					name := fmt.Sprint(fate, n)
					if fate == "kept" {
						name = fmt.Sprint(name, round)
					}
					key := fmt.Sprint(name, round%2)
					value := marker(fmt.Sprint(name, round), n)
					if old, ok := live[key]; ok {
						dead[fmt.Sprint(key, round)] = old
					}
					live[key] = value
					if err := w.Put([]byte(key), value); err != nil {
						return err
					}
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		if round%2 == 1 {
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
			s = mustOpen(t, dir, store.Options{})
		}
	}
	err := s.Update(func(w store.Writer) error {
		for key, value := range live {
			if bytes.HasPrefix([]byte(key), []byte("deleted")) {
				dead[key], live[key] = value, nil
				if err := w.Delete([]byte(key)); err != nil {
					return err
				}
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if found := search(t, dir, dead); found == 0 {
		t.Fatal("no dead bytes before the purge: the test finds nothing")
	}
	if err := s.Purge(t.Context()); err != nil {
		t.Fatal(err)
	}
	check := func(when string) {
		t.Helper()
		if found := search(t, dir, dead); found != 0 {
			t.Errorf("%s: %d of %d dead values are still there", when, found, len(dead))
		}
		err := s.View(func(r store.Reader) error {
			for key, value := range live {
				got, err := r.Get([]byte(key))
				if (err == nil) != (value != nil) || !bytes.Equal(got, value) {
					t.Errorf("%s: %s: %d bytes, %v", when, key, len(got), err)
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	check("while open")
	fill(t, s, 0, 10)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	wantOnly(t, dir, "ballast", "db", "lock")
	s = mustOpen(t, dir, store.Options{ReadOnly: true})
	defer s.Close()
	check("reopened")
}

// search counts the values of which some 40 bytes are in a file of the store.
func search(t *testing.T, dir string, values map[string][]byte) (found int) {
	t.Helper()
	files := snapshot(t, dir)
	for _, value := range values {
		for _, b := range files {
			if bytes.Contains(b, value[:40]) || bytes.Contains(b, value[len(value)/2:][:40]) || bytes.Contains(b, value[len(value)-40:]) {
				found++
				break
			}
		}
	}
	return found
}
