package badgerstore_test

import (
	"fmt"
	"testing"

	"github.com/tacit-vault/tacit/store"
	"github.com/tacit-vault/tacit/store/badgerstore"
)

// BenchmarkRead is a cold read without the start of the process.
func BenchmarkRead(b *testing.B) {
	for _, entries := range []int{1_000, 100_000} {
		b.Run(fmt.Sprint(entries), func(b *testing.B) {
			dir := newStore(b, entries)
			key, _ := entry(entries / 2)
			for b.Loop() {
				s, err := badgerstore.Open(b.Context(), dir, store.Options{ReadOnly: true})
				if err != nil {
					b.Fatal(err)
				}
				err = s.View(func(r store.Reader) error { _, err := r.Get(key); return err })
				if err != nil {
					b.Fatal(err)
				}
				if err := s.Close(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkSession is one write in a session of its own.
func BenchmarkSession(b *testing.B) {
	for _, entries := range []int{1_000, 100_000} {
		b.Run(fmt.Sprint(entries), func(b *testing.B) {
			dir := newStore(b, entries)
			i := 0
			for b.Loop() {
				s := mustOpen(b, dir, store.Options{})
				err := s.Update(func(w store.Writer) error { return w.Put(entry(i)) })
				if err != nil {
					b.Fatal(err)
				}
				if err := s.Close(); err != nil {
					b.Fatal(err)
				}
				i++
			}
		})
	}
}

// BenchmarkUpdate is one synced commit of one entry.
func BenchmarkUpdate(b *testing.B) {
	s := mustOpen(b, b.TempDir(), store.Options{Create: true})
	defer s.Close()
	i := 0
	for b.Loop() {
		if err := s.Update(func(w store.Writer) error { return w.Put(entry(i)) }); err != nil {
			b.Fatal(err)
		}
		i++
	}
}

// BenchmarkGet is one lookup in an open store.
func BenchmarkGet(b *testing.B) {
	for _, entries := range []int{1_000, 100_000} {
		b.Run(fmt.Sprint(entries), func(b *testing.B) {
			dir := newStore(b, entries)
			s := mustOpen(b, dir, store.Options{ReadOnly: true})
			defer s.Close()
			i := 0
			for b.Loop() {
				key, _ := entry(i * 7919 % entries)
				if err := s.View(func(r store.Reader) error { _, err := r.Get(key); return err }); err != nil {
					b.Fatal(err)
				}
				i++
			}
		})
	}
}
