package storetest

import (
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"

	"github.com/tacit-vault/tacit/store"
)

// A snapshot stays as it is while others write, and the next one is new.
func testSnapshot(t *testing.T, o Opener) {
	s := open(t, o)
	put(t, s, "a", "1", "b", "1")
	view(t, s, func(r store.Reader) error {
		want(t, r, "a", "1")
		done := make(chan struct{})
		go func() {
			defer close(done)
			put(t, s, "a", "2", "c", "2")
			update(t, s, func(w store.Writer) error { return w.Delete([]byte("b")) })
		}()
		<-done
		want(t, r, "a", "1")
		want(t, r, "b", "1")
		wantAbsent(t, r, "c")
		wantKeys(t, r, "", "", "a", "b")
		return nil
	})
	view(t, s, func(r store.Reader) error {
		wantKeys(t, r, "", "", "a", "c")
		return nil
	})
	err := s.Update(func(w store.Writer) error {
		err := w.Put([]byte("a"), []byte("3"))
		done := make(chan struct{})
		go func() {
			defer close(done)
			view(t, s, func(r store.Reader) error {
				want(t, r, "a", "2")
				return nil
			})
		}()
		<-done
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// testRandom compares the store with a map, through random operations,
// rollbacks and reopenings.
func testRandom(t *testing.T, o Opener) {
	for _, seed := range []uint64{1, 2, 3} {
		t.Run(fmt.Sprintf("seed %d", seed), func(t *testing.T) {
			s := o.Open(t)
			rng := rand.New(rand.NewPCG(seed, 0))
			update(t, s, func(w store.Writer) error { // what another seed left
				for key, err := range w.Keys(nil, nil) {
					if err := errors.Join(err, w.Delete(key)); err != nil {
						return err
					}
				}
				return nil
			})
			model := map[string]string{}
			for step := range 120 {
				model = randomUpdate(t, s, rng, model)
				if rng.IntN(4) == 0 {
					compare(t, s, rng, model)
				}
				if o.Lasting && step%30 == 29 {
					if err := s.Close(); err != nil {
						t.Fatalf("step %d: closing: %v", step, err)
					}
					s = o.Open(t)
					compare(t, s, rng, model)
				}
				if !o.NoPurge && step == 70 {
					if err := store.Purge(t.Context(), s); err != nil {
						t.Fatalf("step %d: purging: %v", step, err)
					}
					compare(t, s, rng, model)
				}
				if t.Failed() {
					t.Fatalf("failed at step %d", step)
				}
			}
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
		})
	}
}

// randomUpdate runs a transaction on both and returns the new model, or the
// old one for a transaction rolled back.
func randomUpdate(t *testing.T, s store.Store, rng *rand.Rand, model map[string]string) map[string]string {
	t.Helper()
	next := maps.Clone(model)
	abort := rng.IntN(8) == 0
	err := s.Update(func(w store.Writer) error {
		for range rng.IntN(20) {
			key := randomKey(rng)
			switch rng.IntN(5) {
			case 0:
				delete(next, key)
				if err := w.Delete([]byte(key)); err != nil {
					return err
				}
			case 1:
				if value, ok := next[key]; ok {
					want(t, w, key, value)
				} else {
					wantAbsent(t, w, key)
				}
			default:
				n := rng.IntN(300)
				if rng.IntN(40) == 0 {
					n = store.LargeValue - 20 + rng.IntN(40)
				}
				value := string(noise(fmt.Sprint(rng.Uint64()), n))
				next[key] = value
				if err := w.Put([]byte(key), []byte(value)); err != nil {
					return err
				}
			}
		}
		compareKeys(t, w, rng, next)
		if abort {
			return errOwn
		}
		return nil
	})
	if abort {
		if !errors.Is(err, errOwn) {
			t.Fatalf("update: %v", err)
		}
		return model
	}
	if err != nil {
		t.Fatalf("update: %v", err)
	}
	return next
}

func randomKey(rng *rand.Rand) string {
	const letters = "\x00ab\xff"
	b := make([]byte, 1+rng.IntN(4))
	for i := range b {
		b[i] = letters[rng.IntN(len(letters))]
	}
	return string(b)
}

// compare checks every key and value of the model, and that there are no more.
func compare(t *testing.T, s store.Store, rng *rand.Rand, model map[string]string) {
	t.Helper()
	view(t, s, func(r store.Reader) error {
		for key, value := range model {
			want(t, r, key, value)
		}
		for range 10 {
			if key := randomKey(rng); model[key] == "" {
				if _, ok := model[key]; !ok {
					wantAbsent(t, r, key)
				}
			}
		}
		wantKeys(t, r, "", "", slices.Sorted(maps.Keys(model))...)
		compareKeys(t, r, rng, model)
		return nil
	})
}

// compareKeys compares the keys with a random prefix, from a random key on.
func compareKeys(t *testing.T, r store.Reader, rng *rand.Rand, model map[string]string) {
	t.Helper()
	prefix, from := randomKey(rng)[:rng.IntN(2)], randomKey(rng)
	var wanted []string
	for _, key := range slices.Sorted(maps.Keys(model)) {
		if len(key) >= len(prefix) && key[:len(prefix)] == prefix && key >= from {
			wanted = append(wanted, key)
		}
	}
	wantKeys(t, r, prefix, from, wanted...)
}

// testConcurrent has writers move amounts between accounts: a reader that sees
// another sum has seen half a transaction.
func testConcurrent(t *testing.T, o Opener) {
	s := open(t, o)
	const accounts, writers, readers, moves = 10, 4, 4, 40
	const total = accounts * 100
	name := func(i int) []byte { return fmt.Appendf(nil, "account %d", i) }
	update(t, s, func(w store.Writer) (err error) {
		for i := 0; err == nil && i < accounts; i++ {
			err = w.Put(name(i), fmt.Append(nil, 100))
		}
		return err
	})
	read := func(r store.Reader, i int) (n int) {
		b, err := r.Get(name(i))
		if err == nil {
			_, err = fmt.Sscan(string(b), &n)
		}
		if err != nil {
			t.Error(err)
		}
		return n
	}
	var work, watch sync.WaitGroup
	done := make(chan struct{})
	for i := range writers {
		work.Go(func() {
			rng := rand.New(rand.NewPCG(7, uint64(i)))
			for range moves {
				err := s.Update(func(w store.Writer) error {
					from, to, amount := rng.IntN(accounts), rng.IntN(accounts), rng.IntN(50)
					err := w.Put(name(from), fmt.Append(nil, read(w, from)-amount))
					return errors.Join(err, w.Put(name(to), fmt.Append(nil, read(w, to)+amount)))
				})
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	for range readers {
		watch.Go(func() {
			for {
				err := s.View(func(r store.Reader) error {
					sum := 0
					for i := range accounts {
						sum += read(r, i)
					}
					if n := len(keys(t, r, "account", "")); sum != total || n != accounts {
						t.Errorf("%d accounts with %d in all, want %d with %d", n, sum, accounts, total)
					}
					return nil
				})
				if err != nil {
					t.Error(err)
				}
				select {
				case <-done:
					return
				default:
				}
			}
		})
	}
	work.Wait()
	close(done)
	watch.Wait()
}
