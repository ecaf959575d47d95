package storetest

import (
	"context"
	"errors"
	"testing"

	"github.com/tacit-vault/tacit/store"
)

// A transaction that is over does nothing any more.
func testEnded(t *testing.T, o Opener) {
	s := open(t, o)
	put(t, s, "a", "1")
	var reader store.Reader
	var writer store.Writer
	view(t, s, func(r store.Reader) error {
		reader = r
		if _, ok := r.(store.Writer); ok {
			t.Error("a reader can write")
		}
		return nil
	})
	update(t, s, func(w store.Writer) error { writer = w; return nil })
	for name, use := range map[string]func() error{
		"Get":    func() error { _, err := reader.Get([]byte("a")); return err },
		"Put":    func() error { return writer.Put([]byte("b"), nil) },
		"Delete": func() error { return writer.Delete([]byte("a")) },
		"Keys":   func() error { return firstError(reader) },
		"Keys, writing": func() error {
			return firstError(writer)
		},
	} {
		if err := use(); !errors.Is(err, store.ErrClosed) {
			t.Errorf("%s after the end: %v, want ErrClosed", name, err)
		}
	}
	view(t, s, func(r store.Reader) error {
		wantKeys(t, r, "", "", "a")
		return nil
	})
}

func firstError(r store.Reader) error {
	for _, err := range r.Keys(nil, nil) {
		return err
	}
	return nil
}

func testClosed(t *testing.T, o Opener) {
	s := o.Open(t)
	put(t, s, "a", "1")
	for range 2 {
		if err := s.Close(); err != nil {
			t.Fatalf("closing: %v", err)
		}
	}
	never := func() error { t.Error("ran on a closed store"); return nil }
	for name, use := range map[string]func() error{
		"View":   func() error { return s.View(func(store.Reader) error { return never() }) },
		"Update": func() error { return s.Update(func(store.Writer) error { return never() }) },
		"Purge":  func() error { return store.Purge(context.Background(), s) },
		"Check":  func() error { return store.CheckPurge(s, nil) },
		"Space":  func() error { return s.(store.Spacer).CheckSpace(1) },
	} {
		if o.NoPurge && (name == "Purge" || name == "Check") {
			continue // it says something else: see testPurge
		}
		if err := use(); !errors.Is(err, store.ErrClosed) {
			t.Errorf("%s: %v, want ErrClosed", name, err)
		}
	}
}

func testReopen(t *testing.T, o Opener) {
	if !o.Lasting {
		t.Skip("nothing outlives this store")
	}
	s := o.Open(t)
	put(t, s, "a", "1", "b", "2")
	for range 5 {
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		s = o.Open(t)
		view(t, s, func(r store.Reader) error {
			want(t, r, "a", "1")
			wantKeys(t, r, "", "", "a", "b")
			return nil
		})
		put(t, s, "b", "two")
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}

func testPurge(t *testing.T, o Opener) {
	s := open(t, o)
	put(t, s, "a", "1", "b", "2", "large", string(noise("l", 200_000)), "gone", string(noise("g", 200_000)))
	update(t, s, func(w store.Writer) error { return w.Delete([]byte("gone")) })
	check := func() {
		t.Helper()
		view(t, s, func(r store.Reader) error {
			wantKeys(t, r, "", "", "a", "b", "large")
			want(t, r, "large", string(noise("l", 200_000)))
			return nil
		})
	}
	if o.NoPurge {
		for name, err := range map[string]error{"Purge": store.Purge(t.Context(), s), "CheckPurge": store.CheckPurge(s, nil)} {
			if !errors.Is(err, store.ErrNoPurge) {
				t.Errorf("%s: %v, want ErrNoPurge", name, err)
			}
		}
		check()
		return
	}
	cancelled, cancel := context.WithCancel(context.Background())
	cancel()
	if err := store.Purge(cancelled, s); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	check()
	for range 2 {
		if err := store.Purge(context.Background(), s); err != nil {
			t.Fatalf("purging: %v", err)
		}
		check()
		put(t, s, "a", "one")
	}
}
