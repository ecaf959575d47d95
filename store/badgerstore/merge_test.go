package badgerstore_test

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"testing"

	"github.com/tacit-vault/tacit/store"
)

// Many sessions that change, delete and bring back entries of all sizes leave
// what a map would hold, in few tables.
func TestManySessions(t *testing.T) {
	t.Parallel()
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 1))
	dir, want := t.TempDir(), map[string][]byte{}
	for session := range 60 {
		s := mustOpen(t, dir, store.Options{Create: session == 0})
		err := s.Update(func(w store.Writer) error {
			for range 1 + random.IntN(20) {
				key := fmt.Sprintf("k%03d", random.IntN(300))
				if random.IntN(3) == 0 {
					delete(want, key)
					if err := w.Delete([]byte(key)); err != nil {
						return err
					}
					continue
				}
				size := random.IntN(300)
				if random.IntN(50) == 0 {
					size = store.LargeValue + random.IntN(1000)
				}
				want[key] = bytes.Repeat([]byte{byte(random.Uint32())}, size)
				if err := w.Put([]byte(key), want[key]); err != nil {
					return err
				}
			}
			return nil
		})
		if err := errors.Join(err, s.Close()); err != nil {
			t.Fatal(err)
		}
		if n := len(glob(t, dir, "*.sst")); n > 20 {
			t.Fatalf("session %d: %d tables", session, n)
		}
		if session%10 == 9 {
			s := mustOpen(t, dir, store.Options{ReadOnly: true})
			wantMap(t, s, want)
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// wantMap makes sure that the store holds what the map does, and nothing else.
func wantMap(t *testing.T, s store.Store, want map[string][]byte) {
	t.Helper()
	err := s.View(func(r store.Reader) error {
		found := 0
		for key, err := range r.Keys(nil, nil) {
			if err != nil {
				return err
			}
			found++
			if _, ok := want[string(key)]; !ok {
				return fmt.Errorf("%q is deleted", key)
			}
		}
		if found != len(want) {
			return fmt.Errorf("%d keys, want %d", found, len(want))
		}
		for key, value := range want {
			if got, err := r.Get([]byte(key)); err != nil || !bytes.Equal(got, value) {
				return fmt.Errorf("%q: %d bytes, want %d: %w", key, len(got), len(value), err)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// One long session merges its tables while it goes on, and leaves a single one.
func TestLongSession(t *testing.T) {
	if testing.Short() {
		t.Skip("it writes 160 MB")
	}
	t.Parallel()
	dir := t.TempDir()
	s := mustOpen(t, dir, store.Options{Create: true})
	value := make([]byte, 60_000)
	const keys, rounds = 20, 135
	for round := range rounds {
		err := s.Update(func(w store.Writer) error {
			for i := range 17 {
				for j := range value[:64] {
					value[j] = byte(round + i + j)
				}
				if err := w.Put(fmt.Appendf(nil, "k%02d", (round+i)%keys), value); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if n := len(glob(t, dir, "*.sst")); n > 16 {
		t.Errorf("%d tables", n)
	}
	want := map[string][]byte{}
	for round := range rounds {
		for i := range 17 {
			v := bytes.Clone(value)
			for j := range v[:64] {
				v[j] = byte(round + i + j)
			}
			want[fmt.Sprintf("k%02d", (round+i)%keys)] = v
		}
	}
	wantMap(t, s, want)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if files := glob(t, dir, "*.sst"); len(files) != 1 {
		t.Errorf("it leaves %d tables", len(files))
	}
	s = mustOpen(t, dir, store.Options{ReadOnly: true})
	defer s.Close()
	wantMap(t, s, want)
	if entries, _ := os.ReadDir(dir); len(entries) != 3 {
		t.Errorf("%v", entries)
	}
}
