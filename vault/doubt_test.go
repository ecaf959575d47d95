package vault_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/tacit-vault/tacit/store"
	"github.com/tacit-vault/tacit/store/badgerstore"
	"github.com/tacit-vault/tacit/store/tablestore"
	"github.com/tacit-vault/tacit/vault"
)

// A lie is what a reader by a way of its own could get wrong.
type lie struct {
	name string
	get  func(key, value []byte) []byte // nil: it is absent
	keys bool                           // it lists no keys
}

// lies are told of keys with a prefix.
func lies(head []byte) (list []lie) {
	for prefix, what := range map[string]string{"s/": "record", "i": "node", "k/": "slot", "z": "head", "l/": "log entry"} {
		of := func(change func(value []byte) []byte) func(key, value []byte) []byte {
			return func(key, value []byte) []byte {
				if !strings.HasPrefix(string(key), prefix) {
					return value
				}
				return change(value)
			}
		}
		list = append(list,
			lie{what + " missing", of(func([]byte) []byte { return nil }), false},
			lie{what + " changed", of(func(b []byte) []byte { b[len(b)/2] ^= 1; return b }), false},
			lie{what + " cut short", of(func(b []byte) []byte { return b[:len(b)/2] }), false},
		)
	}
	return append(list,
		lie{"an older head", func(key, value []byte) []byte {
			if string(key) == "z" {
				return head
			}
			return value
		}, false},
		lie{"no keys", func(_, value []byte) []byte { return value }, true},
	)
}

// liar is a store that lies until it is doubted, or for ever.
type liar struct {
	store.Store
	lie      lie
	doubted  bool
	stubborn bool
	lied     int
}

func (l *liar) Doubt()        { l.doubted = true }
func (l *liar) Doubted() bool { return l.doubted }

func (l *liar) View(fn func(store.Reader) error) error {
	return l.Store.View(func(r store.Reader) error { return fn(lying{r, l}) })
}

type lying struct {
	store.Reader
	l *liar
}

func (r lying) honest() bool { return r.l.doubted && !r.l.stubborn }

func (r lying) Get(key []byte) ([]byte, error) {
	value, err := r.Reader.Get(key)
	if err != nil || r.honest() {
		return value, err
	}
	lie := r.l.lie.get(key, bytes.Clone(value))
	if !bytes.Equal(lie, value) {
		r.l.lied++
	}
	if lie == nil {
		return nil, store.ErrNotFound
	}
	return lie, nil
}

func (r lying) Keys(prefix, from []byte) iter.Seq2[[]byte, error] {
	if r.l.lie.keys && !r.honest() {
		r.l.lied++
		return func(func([]byte, error) bool) {}
	}
	return r.Reader.Keys(prefix, from)
}

// withLiar has a vault read through a liar.
func withLiar(l *liar) func(*vault.Options) {
	return func(o *vault.Options) {
		o.Store = func(ctx context.Context, dir string, so store.Options) (store.Store, error) {
			s, err := badgerstore.Open(ctx, dir, so)
			l.Store = s
			return l, err
		}
	}
}

// reads are the ways in which a vault is read.
var reads = map[string]func(t *testing.T, v *vault.Vault) (any, error){
	"read": func(t *testing.T, v *vault.Vault) (any, error) {
		sec, err := v.Read(t.Context(), "A")
		return string(sec.Value.Reveal()), err
	},
	"deleted": func(t *testing.T, v *vault.Vault) (any, error) {
		_, err := v.Read(t.Context(), "GONE")
		return vault.CodeOf(err), nil
	},
	"absent": func(t *testing.T, v *vault.Vault) (any, error) {
		_, err := v.Read(t.Context(), "NOT_THERE")
		return vault.CodeOf(err), nil
	},
	"version": func(t *testing.T, v *vault.Vault) (any, error) {
		sec, err := v.ReadVersion(t.Context(), "A", 1)
		return string(sec.Value.Reveal()), err
	},
	"all": func(t *testing.T, v *vault.Vault) (any, error) {
		var names []string
		all, err := v.ReadAll(t.Context())
		for _, sec := range all {
			names = append(names, sec.Name+string(sec.Value.Reveal()))
		}
		return names, err
	},
	"each": func(t *testing.T, v *vault.Vault) (any, error) {
		var names []string
		err := v.ReadEach(t.Context(), nil, func(sec vault.Secret) error {
			names = append(names, sec.Name+string(sec.Value.Reveal()))
			return nil
		})
		return names, err
	},
	"history": func(t *testing.T, v *vault.Vault) (any, error) { return v.History(t.Context(), "A") },
	"list": func(t *testing.T, v *vault.Vault) (any, error) {
		return v.List(t.Context(), vault.ListOptions{Details: true, Deleted: true})
	},
	"find":    func(t *testing.T, v *vault.Vault) (any, error) { return v.Find(t.Context(), "a", false) },
	"slots":   func(t *testing.T, v *vault.Vault) (any, error) { return v.Slots(t.Context()) },
	"exposed": func(t *testing.T, v *vault.Vault) (any, error) { return v.Exposed(t.Context()) },
	"status":  func(_ *testing.T, v *vault.Vault) (any, error) { return v.Status(), nil },
	"verify": func(t *testing.T, v *vault.Vault) (any, error) {
		return v.Verify(t.Context(), vault.VerifyOptions{Full: true})
	},
	"backup": func(t *testing.T, v *vault.Vault) (any, error) {
		report, err := v.Backup(t.Context(), io.Discard, vault.BackupOptions{})
		report.Bytes = 0 // of authenticators that are drawn anew
		return report, err
	},
}

// doubtful is a vault with a past, and its head of some commits ago.
func doubtful(t *testing.T) (f *fixture, head []byte) {
	f = newFixture(t)
	f.with(func(v *vault.Vault) {
		set(t, v, "A", "one")
		set(t, v, "B", "b")
		set(t, v, "GONE", "g")
	})
	s, err := badgerstore.Open(t.Context(), f.dir, store.Options{ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	err = s.View(func(r store.Reader) (err error) {
		head, err = r.Get([]byte("z"))
		return err
	})
	if err := errors.Join(err, s.Close()); err != nil {
		t.Fatal(err)
	}
	f.with(func(v *vault.Vault) {
		set(t, v, "A", "two")
		if _, err := v.Delete(t.Context(), "GONE", vault.DeleteOptions{}); err != nil {
			t.Fatal(err)
		}
	})
	return f, head
}

// What a store gets wrong by a way of its own is asked of the database before it is
// reported: no read fails, and none is wrong, on a machine that has seen the vault and
// on one that has not.
func TestDoubt(t *testing.T) {
	t.Parallel()
	f, head := doubtful(t)
	for name, read := range reads {
		t.Run(name, func(t *testing.T) {
			var want any
			f.with(func(v *vault.Vault) {
				var err error
				if want, err = read(t, v); err != nil {
					t.Fatal(err)
				}
			}, readOnly)
			for _, lie := range lies(head) {
				for _, state := range []string{f.state, t.TempDir()} {
					if name == "status" && lie.name == "an older head" && state != f.state {
						continue // it reads the head alone, and nothing proves that it is the newest
					}
					l := &liar{lie: lie}
					f.with(func(v *vault.Vault) {
						got, err := read(t, v)
						if err != nil || normal(got) != normal(want) {
							t.Errorf("%s: %v, %v, want %v", lie.name, got, err, want)
						}
					}, readOnly, withLiar(l), func(o *vault.Options) { o.State = state })
				}
			}
		})
	}
}

// normal leaves out what the machine has seen of the vault.
func normal(v any) string {
	switch s := v.(type) {
	case vault.Status:
		s.New = false
		v = s
	case vault.Report:
		s.LastWhole = time.Time{}
		v = s
	}
	return fmt.Sprintf("%+v", v)
}

// What the database gets wrong as well is reported.
func TestDoubtIsNoExcuse(t *testing.T) {
	t.Parallel()
	f, head := doubtful(t)
	for _, lie := range lies(head) {
		l := &liar{lie: lie, stubborn: true}
		v, err := f.tryOpen(readOnly, withLiar(l))
		if err == nil {
			_, err = v.ReadAll(t.Context())
			if err == nil {
				_, err = v.History(t.Context(), "A")
			}
			if r, verr := v.Verify(t.Context(), vault.VerifyOptions{}); err == nil && verr == nil && len(r.Findings) > 0 {
				err = r.Findings[0].Code
			}
			v.Close()
		}
		if l.lied > 0 && err == nil {
			t.Errorf("%s: nothing is found", lie.name)
		}
	}
}

// A function that is handed secrets gets each once, and its error ends it.
func TestDoubtHandsOutOnce(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.with(func(v *vault.Vault) {
		for i := range 600 { // more than are read at once
			set(t, v, fmt.Sprintf("N%03d", i), "x")
		}
	})
	l := &liar{lie: lie{get: func(key, value []byte) []byte {
		if strings.HasPrefix(string(key), "s/N400/") {
			return nil
		}
		return value
	}}}
	f.with(func(v *vault.Vault) {
		seen := 0
		err := v.ReadEach(t.Context(), nil, func(sec vault.Secret) error {
			if want := fmt.Sprintf("N%03d", seen); sec.Name != want {
				t.Errorf("%s, want %s", sec.Name, want)
			}
			seen++
			return nil
		})
		if err != nil || seen != 600 || l.lied == 0 {
			t.Errorf("%d secrets, %d lies, %v", seen, l.lied, err)
		}
	}, readOnly, withLiar(l))
	l = &liar{lie: lie{get: func(_, value []byte) []byte { return value }}}
	f.with(func(v *vault.Vault) {
		seen := 0
		err := v.ReadEach(t.Context(), nil, func(vault.Secret) error {
			seen++
			return vault.Corrupt // another vault's, say
		})
		if !errors.Is(err, vault.Corrupt) || seen != 1 {
			t.Errorf("%d secrets, %v", seen, err)
		}
	}, readOnly, withLiar(l))
}

// sameAnswers compares what is read without Badger with what Badger reads.
func sameAnswers(t *testing.T, dir string) {
	t.Helper()
	badgers := func(ctx context.Context, dir string, o store.Options) (store.Store, error) {
		return badgerstore.Open(ctx, dir, o)
	}
	all := func(open store.Opener) map[string]string {
		s, err := open(t.Context(), dir, store.Options{ReadOnly: true, OneShot: true})
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		found := map[string]string{}
		err = s.View(func(r store.Reader) error {
			for key, err := range r.Keys(nil, nil) {
				if err != nil {
					return err
				}
				value, err := r.Get(key)
				if err != nil {
					return err
				}
				found[string(key)] = string(value)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		return found
	}
	want := all(badgers)
	if got := all(tablestore.Before(store.OpenRegistered)); len(want) == 0 || !reflect.DeepEqual(got, want) {
		t.Errorf("%d keys, Badger has %d, or values differ", len(got), len(want))
	}
}
