package tablestore_test

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/tacit-vault/tacit/store"
	"github.com/tacit-vault/tacit/store/forge"
	"github.com/tacit-vault/tacit/store/storedir"
	"github.com/tacit-vault/tacit/store/tablestore"
)

// TestMain keeps the histories few unless -rapid.checks says otherwise.
func TestMain(m *testing.M) {
	flag.Parse()
	if !slices.ContainsFunc(os.Args, func(arg string) bool { return strings.Contains(arg, "rapid.checks") }) {
		flag.Set("rapid.checks", "6")
	}
	os.Exit(m.Run())
}

// A history is a store that is written by Badger, session by session.
type history struct {
	dir    string
	writer store.Store
	turns  int // sessions so far
}

// TestHistories does random things to a store, and asks after each session that the
// tables answer what Badger answers, beside a hint that lies as well.
//
//	TMPDIR=/dev/shm go test ./store/tablestore -run TestHistories -rapid.checks 300 -timeout 1h
func TestHistories(t *testing.T) {
	t.Parallel()
	sessions := 0
	rapid.Check(t, func(rt *rapid.T) {
		dir, err := os.MkdirTemp(t.TempDir(), "")
		if err != nil {
			rt.Fatal(err)
		}
		h := &history{dir: dir}
		h.open(rt, store.Options{Create: true})
		rt.Repeat(map[string]func(*rapid.T){"change": h.change, "change again": h.change, "session": h.session, "purge": h.purge})
		h.session(rt)
		sessions += h.turns
		if err := h.writer.Close(); err != nil {
			rt.Fatal(err)
		}
	})
	t.Logf("%d sessions", sessions)
}

func (h *history) open(rt *rapid.T, o store.Options) {
	w, err := badgers(context.Background(), h.dir, o)
	if err != nil {
		rt.Fatal(err)
	}
	h.writer = w
}

// drawKey is one of few keys, most of which share a long beginning.
func drawKey(rt *rapid.T) []byte {
	prefix := rapid.SampledFrom([]string{"", "a", "a/" + strings.Repeat("b", 200), "s/NAME/", "\xff"}).Draw(rt, "prefix")
	return fmt.Appendf(nil, "%s%03d", prefix, rapid.IntRange(0, 60).Draw(rt, "key"))
}

// change writes and deletes some keys in one transaction.
func (h *history) change(rt *rapid.T) {
	err := h.writer.Update(func(w store.Writer) error {
		for range rapid.IntRange(1, 80).Draw(rt, "entries") {
			key := drawKey(rt)
			if rapid.IntRange(0, 3).Draw(rt, "what") == 0 {
				if err := w.Delete(key); err != nil {
					return err
				}
				continue
			}
			n := rapid.SampledFrom([]int{0, 1, 100, 100, 300, 3000, store.LargeValue}).Draw(rt, "length")
			if rapid.IntRange(0, 200).Draw(rt, "large") == 0 {
				n = store.LargeValue + 1
			}
			err := w.Put(key, bytes.Repeat([]byte{rapid.Byte().Draw(rt, "value")}, n))
			if errors.Is(err, store.ErrTooBig) {
				return nil
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		rt.Fatal(err)
	}
}

func (h *history) purge(rt *rapid.T) {
	if err := store.Purge(context.Background(), h.writer); err != nil {
		rt.Fatal(err)
	}
}

// session ends the session, compares, and begins the next one.
func (h *history) session(rt *rapid.T) {
	h.turns++
	if err := h.writer.Close(); err != nil {
		rt.Fatal(err)
	}
	h.compare(rt)
	h.open(rt, store.Options{})
}

// compare reads all, and some ranges, in both ways.
func (h *history) compare(rt *rapid.T) {
	type span struct{ prefix, from []byte }
	var spans []span
	for range 20 {
		prefix := drawKey(rt)
		spans = append(spans, span{prefix[:rapid.IntRange(0, len(prefix)).Draw(rt, "cut")], drawKey(rt)})
	}
	spans = append(spans, span{}) // the values come last: behind a large one Badger reads
	last := len(spans) - 1
	read := func(open store.Opener) (lines []string) {
		s, err := open(context.Background(), h.dir, once)
		if err != nil {
			rt.Fatal(err)
		}
		err = s.View(func(r store.Reader) error {
			for i, sp := range spans {
				for key, err := range r.Keys(sp.prefix, sp.from) {
					if err != nil {
						return err
					}
					line := fmt.Sprintf("%d %q", i, key)
					if i == last {
						value, err := r.Get(key)
						if err != nil {
							return err
						}
						line += fmt.Sprintf(" %d %.9q", len(value), value)
					}
					lines = append(lines, line)
				}
				if _, err := r.Get(sp.from); i < last {
					lines = append(lines, fmt.Sprint(i, err != nil))
				}
			}
			return nil
		})
		if err := errors.Join(err, s.Close()); err != nil {
			rt.Fatal(err)
		}
		return lines
	}
	want := read(badgers)
	h.agree(rt, read(tablestore.Before(badgers)), want)
	rng := rand.New(rand.NewPCG(rapid.Uint64().Draw(rt, "lie"), 0))
	if err := forge.Lie(filepath.Join(h.dir, storedir.DatabaseName), rng, func() string { return string(drawKey(rt)) }); err != nil {
		rt.Fatal(err)
	}
	h.agree(rt, read(tablestore.Before(badgers)), want) // and the lie stays, for the next sessions
}

// agree asks for the same lines.
func (h *history) agree(rt *rapid.T, got, want []string) {
	for i := range max(len(got), len(want)) {
		if i >= len(got) || i >= len(want) || got[i] != want[i] {
			rt.Fatalf("line %d of %d and %d differs: %q, Badger %q", i, len(got), len(want), got[min(i, len(got)):min(i+1, len(got))], want[min(i, len(want)):min(i+1, len(want))])
		}
	}
}
