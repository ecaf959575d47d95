package store_test

import (
	"context"
	"testing"

	"github.com/tacit-vault/tacit/store"
)

func TestCreateAndReopen(t *testing.T) {
	dir := t.TempDir()
	s, err := store.Open(context.Background(), dir, store.Options{Create: true})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Update(func(w store.Writer) error { return w.Put([]byte("a"), []byte("1")) }); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s, err = store.Open(context.Background(), dir, store.Options{ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	err = s.View(func(r store.Reader) error {
		v, err := r.Get([]byte("a"))
		if string(v) != "1" {
			t.Errorf("got %q, %v", v, err)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
