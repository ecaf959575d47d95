//go:build linux || darwin || freebsd

package server

import (
	"context"
	"testing"

	"github.com/tacit-vault/tacit/store"
	"github.com/tacit-vault/tacit/vault"
	"github.com/tacit-vault/tacit/vault/ondisk"
)

// A hint that is asked of an agent looks at the names that it is about, and at no others:
// a damaged part of the index keeps the proof of a list from being made, and not a hint.
func TestListHint(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	v := f.open()
	var changes []vault.Change
	for i := range 500 {
		changes = append(changes, vault.Change{Name: secretName(i), Value: vault.Text("x")})
	}
	_, err := v.Apply(t.Context(), changes, nil)
	fatal(t, err)
	fatal(t, v.Close())
	f.loseANode()
	a := f.start()
	if _, err := a.List(t.Context(), vault.ListOptions{}); !vault.CodeOf(err).Tampering() {
		t.Fatalf("a list without a part of the index: %v", err)
	}
	listed := 0
	for i := range 50 {
		o := vault.ListOptions{Prefix: secretName(i), Hint: true}
		if infos, err := a.List(t.Context(), o); err == nil && len(infos) == 1 && infos[0].Name == o.Prefix {
			listed++
		} else if !vault.CodeOf(err).Tampering() {
			t.Errorf("%s: %v, %v", o.Prefix, infos, err)
		}
	}
	if listed == 0 {
		t.Error("no name was listed: each took the whole index")
	}
}

// loseANode takes the last node of the index out of the store.
func (f *fixture) loseANode() {
	f.t.Helper()
	s, err := ondisk.Open(context.Background(), f.dir, store.Options{})
	fatal(f.t, err)
	var last []byte
	fatal(f.t, s.View(func(r store.Reader) error {
		for key, err := range r.Keys([]byte("i"), nil) {
			if err != nil {
				return err
			}
			last = append(last[:0], key...)
		}
		return nil
	}))
	fatal(f.t, s.Update(func(w store.Writer) error { return w.Delete(last) }))
	fatal(f.t, s.Close())
}
