package badgerstore_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/tacit-vault/tacit/store"
	"github.com/tacit-vault/tacit/store/badgerstore"
	"github.com/tacit-vault/tacit/store/forge"
)

// forgeries is how often each kind is forged, at places drawn anew.
const forgeries = 12

// A table that is wrong inside and right by its checksums is an error of damage:
// no crash, whoever opens it, no entry that was not written, and never an entry that
// is missing from files that are called whole.
func TestForgedTables(t *testing.T) {
	t.Parallel()
	whole := newStore(t, 400)
	honest, err := os.ReadFile(glob(t, whole, "*.sst")[0])
	if err != nil {
		t.Fatal(err)
	}
	for i, kind := range forge.Kinds {
		t.Run(kind.Name, func(t *testing.T) {
			t.Parallel()
			rounds := forgeries
			if testing.Short() {
				rounds = 2
			}
			for n := range rounds {
				forged, err := kind.Table(honest, rand.New(rand.NewPCG(uint64(i), uint64(n))))
				if err != nil {
					t.Fatal(err)
				}
				dir := t.TempDir()
				if err := copyStore(dir, whole); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(glob(t, dir, "*.sst")[0], forged, 0o600); err != nil {
					t.Fatal(err)
				}
				// In a process of its own: where it crashes, the test goes on.
				c := startChild(t, "forged", dir, strconv.FormatBool(kind.Unseen))
				for c.out.Scan() {
					t.Errorf("place %d: %s", n, c.out.Text())
				}
				if err := c.cmd.Wait(); err != nil {
					t.Errorf("place %d: %v", n, err)
				}
			}
		})
	}
}

// childForged opens a store with a forged table, for reading and for writing, and
// prints what is wrong with what comes of it.
func childForged(dir, unseen string) error {
	for _, readOnly := range []bool{true, false} {
		s, err := badgerstore.Open(context.Background(), dir, store.Options{ReadOnly: readOnly})
		if err != nil {
			if !errors.Is(err, store.ErrCorrupt) {
				fmt.Printf("read-only %v: %v, want ErrCorrupt\n", readOnly, err)
			}
			continue
		}
		found, err := count(s)
		if err != nil && !errors.Is(err, store.ErrCorrupt) {
			fmt.Printf("read-only %v: reading: %v, want ErrCorrupt\n", readOnly, err)
		}
		checked := s.CheckFiles()
		if checked != nil && !errors.Is(checked, store.ErrCorrupt) {
			fmt.Printf("read-only %v: checking: %v, want ErrCorrupt\n", readOnly, checked)
		}
		if found > 400 || found != 400 && checked == nil && unseen != "true" {
			fmt.Printf("read-only %v: %d entries of 400, and the files are called whole\n", readOnly, found)
		}
		if !readOnly {
			_ = s.Update(func(w store.Writer) error { return w.Put([]byte("another"), nil) })
			_ = s.Purge(context.Background())
		}
		if err := s.Close(); err != nil {
			fmt.Printf("read-only %v: closing: %v\n", readOnly, err)
		}
	}
	return nil
}

// count counts the entries, by walking and by asking, that are as they were.
func count(s store.Store) (walked int, err error) {
	err = s.View(func(r store.Reader) error {
		asked := 0
		for i := range 400 {
			key, want := entry(i)
			value, err := r.Get(key)
			if err != nil && !errors.Is(err, store.ErrNotFound) {
				if !errors.Is(err, store.ErrCorrupt) {
					return err
				}
				continue
			}
			if err == nil && bytes.Equal(value, want) {
				asked++
			}
		}
		for _, err := range r.Keys(nil, nil) {
			if err != nil {
				return err
			}
			walked++
		}
		walked = min(walked, max(asked, walked-400))
		return nil
	})
	return walked, err
}

// copyStore copies what is stored.
func copyStore(to, from string) error {
	return errors.Join(os.Mkdir(filepath.Join(to, "db"), 0o700), copyDB(to, from))
}

func copyDB(to, from string) error {
	files, err := filepath.Glob(filepath.Join(from, "db", "*"))
	for _, name := range files {
		b, readErr := os.ReadFile(name)
		err = errors.Join(err, readErr, os.WriteFile(filepath.Join(to, "db", filepath.Base(name)), b, 0o600))
	}
	return err
}
