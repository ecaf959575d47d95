package storetest

import (
	"bytes"
	"errors"
	"fmt"
	"testing"

	"github.com/tacit-vault/tacit/store"
)

func testGetPutDelete(t *testing.T, o Opener) {
	s := open(t, o)
	view(t, s, func(r store.Reader) error {
		wantAbsent(t, r, "a")
		wantKeys(t, r, "", "")
		return nil
	})
	put(t, s, "a", "1", "b", "2")
	put(t, s, "a", "one")
	view(t, s, func(r store.Reader) error {
		want(t, r, "a", "one")
		want(t, r, "b", "2")
		wantAbsent(t, r, "ab")
		return nil
	})
	update(t, s, func(w store.Writer) error {
		return errors.Join(w.Delete([]byte("a")), w.Delete([]byte("never")))
	})
	put(t, s, "c", "3")
	view(t, s, func(r store.Reader) error {
		wantAbsent(t, r, "a")
		wantKeys(t, r, "", "", "b", "c")
		return nil
	})
	put(t, s, "a", "again")
	view(t, s, func(r store.Reader) error {
		want(t, r, "a", "again")
		return nil
	})
}

func testEmptyIsNotAbsent(t *testing.T, o Opener) {
	s := open(t, o)
	check := func(r store.Reader) {
		for _, key := range []string{"empty", "nil"} {
			got, err := r.Get([]byte(key))
			if err != nil || got == nil || len(got) != 0 {
				t.Errorf("%s: %v, %v; want an empty value, not nil", key, got, err)
			}
		}
		wantKeys(t, r, "", "", "empty", "nil")
	}
	update(t, s, func(w store.Writer) error {
		err := errors.Join(w.Put([]byte("empty"), []byte{}), w.Put([]byte("nil"), nil))
		check(w)
		return err
	})
	view(t, s, func(r store.Reader) error {
		check(r)
		return nil
	})
}

// What goes in and what comes out belongs to the caller.
func testCopies(t *testing.T, o Opener) {
	s := open(t, o)
	key, value := []byte("key"), []byte("value")
	scribble := func(lists ...[]byte) {
		for _, b := range lists {
			for i := range b {
				b[i] = '!'
			}
		}
	}
	update(t, s, func(w store.Writer) error {
		if err := w.Put(key, value); err != nil {
			return err
		}
		scribble(key, value)
		got, err := w.Get([]byte("key"))
		scribble(got)
		want(t, w, "key", "value")
		return err
	})
	view(t, s, func(r store.Reader) error {
		got, err := r.Get([]byte("key"))
		scribble(got)
		for k, err := range r.Keys(nil, nil) {
			if err != nil {
				return err
			}
			scribble(k)
		}
		want(t, r, "key", "value")
		wantKeys(t, r, "", "", "key")
		return err
	})
	gone := []byte("key")
	update(t, s, func(w store.Writer) error {
		err := w.Delete(gone)
		scribble(gone)
		return err
	})
	view(t, s, func(r store.Reader) error {
		wantAbsent(t, r, "key")
		return nil
	})
}

func testKeysInOrder(t *testing.T, o Opener) {
	s := open(t, o)
	put(t, s, "b", "", "a", "", "ab", "", "a\x00", "", "a\xff", "", "\x00", "", "\xff", "", "\xff\xff", "", "c/1", "", "c/2", "", "c0", "")
	view(t, s, func(r store.Reader) error {
		wantKeys(t, r, "", "", "\x00", "a", "a\x00", "ab", "a\xff", "b", "c/1", "c/2", "c0", "\xff", "\xff\xff")
		wantKeys(t, r, "a", "", "a", "a\x00", "ab", "a\xff")
		wantKeys(t, r, "c/", "", "c/1", "c/2")
		wantKeys(t, r, "c/", "c/2", "c/2")
		wantKeys(t, r, "c/", "c/11", "c/2")
		wantKeys(t, r, "c/", "a", "c/1", "c/2")
		wantKeys(t, r, "c/", "c0")
		wantKeys(t, r, "", "b", "b", "c/1", "c/2", "c0", "\xff", "\xff\xff")
		wantKeys(t, r, "\xff", "", "\xff", "\xff\xff")
		wantKeys(t, r, "\xff", "\xff\x00", "\xff\xff")
		wantKeys(t, r, "nothing", "")
		wantKeys(t, r, "", "\xff\xff\xff")
		for range r.Keys(nil, nil) {
			break // a loop may end early
		}
		return nil
	})
}

func testKeysNested(t *testing.T, o Opener) {
	s := open(t, o)
	put(t, s, "a", "", "b", "", "c", "")
	walk := func(r store.Reader) error {
		pairs := 0
		for _, err := range r.Keys(nil, nil) {
			if err != nil {
				return err
			}
			pairs += len(keys(t, r, "", ""))
		}
		if pairs != 9 {
			t.Errorf("%d pairs of keys, want 9", pairs)
		}
		return nil
	}
	view(t, s, walk)
	update(t, s, func(w store.Writer) error { return walk(w) })
}

func testOwnWrites(t *testing.T, o Opener) {
	s := open(t, o)
	put(t, s, "a", "1", "b", "2", "c", "3")
	update(t, s, func(w store.Writer) error {
		err := errors.Join(w.Put([]byte("b"), []byte("two")), w.Put([]byte("bb"), []byte("new")),
			w.Delete([]byte("c")), w.Put([]byte("d"), []byte("x")), w.Delete([]byte("d")))
		want(t, w, "a", "1")
		want(t, w, "b", "two")
		want(t, w, "bb", "new")
		wantAbsent(t, w, "c")
		wantAbsent(t, w, "d")
		wantKeys(t, w, "", "", "a", "b", "bb")
		return errors.Join(err, w.Put([]byte("c"), []byte("back")))
	})
	view(t, s, func(r store.Reader) error {
		want(t, r, "b", "two")
		want(t, r, "c", "back")
		wantKeys(t, r, "", "", "a", "b", "bb", "c")
		return nil
	})
}

// A sweep deletes what it walks over, more of it than any page holds.
func testDeleteWhileWalking(t *testing.T, o Opener) {
	s := open(t, o)
	const count = 3000
	update(t, s, func(w store.Writer) error {
		for i := range count {
			if err := w.Put(fmt.Appendf(nil, "k%05d", i), []byte("v")); err != nil {
				return err
			}
		}
		return nil
	})
	update(t, s, func(w store.Writer) error {
		seen := 0
		var last []byte
		for key, err := range w.Keys([]byte("k"), nil) {
			if err != nil {
				return err
			}
			if bytes.Compare(key, last) <= 0 {
				t.Fatalf("%q came after %q", key, last)
			}
			last = key
			seen++
			if seen%2 == 0 {
				if err := w.Delete(key); err != nil {
					return err
				}
			}
		}
		if seen != count {
			t.Errorf("saw %d keys, want %d", seen, count)
		}
		return nil
	})
	view(t, s, func(r store.Reader) error {
		if n := len(keys(t, r, "", "")); n != count/2 {
			t.Errorf("%d keys are left, want %d", n, count/2)
		}
		return nil
	})
}

var errOwn = errors.New("the caller's own")

func testRollback(t *testing.T, o Opener) {
	s := open(t, o)
	put(t, s, "a", "1")
	err := s.Update(func(w store.Writer) error {
		return errors.Join(w.Put([]byte("a"), []byte("2")), w.Put([]byte("b"), nil), w.Delete([]byte("a")), errOwn)
	})
	if !errors.Is(err, errOwn) {
		t.Errorf("update returned %v, want the function's error", err)
	}
	if err := s.View(func(store.Reader) error { return errOwn }); !errors.Is(err, errOwn) {
		t.Errorf("view returned %v, want the function's error", err)
	}
	view(t, s, func(r store.Reader) error {
		want(t, r, "a", "1")
		wantKeys(t, r, "", "", "a")
		return nil
	})
}

func testRollbackOnPanic(t *testing.T, o Opener) {
	s := open(t, o)
	func() {
		defer func() {
			if recover() == nil {
				t.Error("the panic did not come through")
			}
		}()
		_ = s.Update(func(w store.Writer) error {
			_ = w.Put([]byte("a"), nil)
			panic("the caller's own")
		})
	}()
	put(t, s, "b", "2")
	view(t, s, func(r store.Reader) error {
		wantKeys(t, r, "", "", "b")
		return nil
	})
}
