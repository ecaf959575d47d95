package storetest

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/tacit-vault/tacit/store"
)

// noise returns bytes that depend on name only.
func noise(name string, n int) []byte {
	b := make([]byte, n)
	rand.NewChaCha8(sha256.Sum256([]byte(name))).Read(b)
	return b
}

// A put that is refused leaves a transaction that can be committed.
func testTooBig(t *testing.T, o Opener) {
	s := open(t, o)
	small := make([]byte, 1<<10)
	for _, c := range []struct {
		name  string
		value []byte
		limit int
	}{
		{"entries", nil, store.MaxTxEntries + 1},
		{"bytes", small, store.MaxTxBytes/len(small) + 1},
		{"large", make([]byte, store.LargeValue+1), store.MaxTxLarge/store.LargeValue + 1},
	} {
		var taken int
		update(t, s, func(w store.Writer) error {
			for i := range c.limit {
				err := w.Put(fmt.Appendf(nil, "%s%05d", c.name, i), c.value)
				if errors.Is(err, store.ErrTooBig) {
					break
				}
				if err != nil {
					return err
				}
				taken++
			}
			if taken == c.limit {
				t.Errorf("%s: no limit within %d entries", c.name, taken)
			}
			if c.name == "entries" {
				if err := w.Delete([]byte("x")); !errors.Is(err, store.ErrTooBig) {
					t.Errorf("one deletion too many: %v, want ErrTooBig", err)
				}
			}
			return nil
		})
		view(t, s, func(r store.Reader) error {
			if n := len(keys(t, r, c.name, "")); n != taken {
				t.Errorf("%s: %d entries are stored of %d taken", c.name, n, taken)
			}
			return nil
		})
	}
	for name, put := range map[string]func(w store.Writer) error{
		"value": func(w store.Writer) error { return w.Put([]byte("v"), make([]byte, store.MaxValue+1)) },
		"key":   func(w store.Writer) error { return w.Put(make([]byte, store.MaxKey+1), nil) },
	} {
		if err := s.Update(put); !errors.Is(err, store.ErrTooBig) {
			t.Errorf("%s over the limit: %v, want ErrTooBig", name, err)
		}
	}
}

// A transaction filled to every limit at once is committed.
func testFull(t *testing.T, o Opener) {
	s := open(t, o)
	long := strings.Repeat("k", store.MaxKey)
	rest := store.MaxTxBytes - len(long) - 1
	const count = store.MaxTxEntries - 2
	each := rest / count
	update(t, s, func(w store.Writer) error {
		err := errors.Join(w.Put([]byte(long), nil), w.Put([]byte("L"), noise("L", store.MaxValue)))
		for i := range count {
			key := fmt.Appendf(nil, "%05d", i)
			err = errors.Join(err, w.Put(key, noise(string(key), each-len(key))))
		}
		return err
	})
	view(t, s, func(r store.Reader) error {
		want(t, r, "L", string(noise("L", store.MaxValue)))
		want(t, r, "00077", string(noise("00077", each-5)))
		if n := len(keys(t, r, "", "")); n != store.MaxTxEntries {
			t.Errorf("%d keys, want %d", n, store.MaxTxEntries)
		}
		return nil
	})
}

func testLargeValues(t *testing.T, o Opener) {
	s := o.Open(t)
	sizes := []int{store.LargeValue - 1, store.LargeValue, store.LargeValue + 1, 3 << 20, store.MaxValue}
	for round := range 3 {
		for _, n := range sizes {
			update(t, s, func(w store.Writer) error {
				return w.Put(fmt.Appendf(nil, "%d", n), noise(fmt.Sprint(round, n), n))
			})
		}
	}
	check := func() {
		view(t, s, func(r store.Reader) error {
			for _, n := range sizes {
				got, err := r.Get(fmt.Appendf(nil, "%d", n))
				if err != nil || !bytes.Equal(got, noise(fmt.Sprint(2, n), n)) {
					t.Errorf("a value of %d bytes came back with %d, or altered: %v", n, len(got), err)
				}
			}
			return nil
		})
	}
	check()
	if o.Lasting {
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		s = o.Open(t)
		check()
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}

func testInvalidKeys(t *testing.T, o Opener) {
	s := open(t, o)
	put(t, s, "a", "1")
	for _, key := range []string{"", "!badger!", "!badger!head"} {
		for name, use := range map[string]func(w store.Writer) error{
			"put":    func(w store.Writer) error { return w.Put([]byte(key), nil) },
			"delete": func(w store.Writer) error { return w.Delete([]byte(key)) },
			"get":    func(w store.Writer) error { _, err := w.Get([]byte(key)); return err },
		} {
			if err := s.Update(use); !errors.Is(err, store.ErrInvalidKey) {
				t.Errorf("%s of %q: %v, want ErrInvalidKey", name, key, err)
			}
		}
	}
	view(t, s, func(r store.Reader) error {
		wantKeys(t, r, "", "", "a")
		wantKeys(t, r, "!badger!", "")
		return nil
	})
}
