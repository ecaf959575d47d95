package badgerstore_test

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tacit-vault/tacit/store"
	"github.com/tacit-vault/tacit/store/badgerfiles"
	"github.com/tacit-vault/tacit/store/badgerstore"
	"github.com/tacit-vault/tacit/store/storetest"
)

// A store that was opened to write little, and has grown, does what every store does.
func TestGrown(t *testing.T) {
	storetest.Run(t, func(t *testing.T) storetest.Opener {
		dir := t.TempDir()
		if err := mustOpen(t, dir, store.Options{Create: true}).Close(); err != nil {
			t.Fatal(err)
		}
		open := func(t *testing.T) store.Store {
			s := mustOpen(t, dir, store.Options{Small: true})
			if err := s.Grow(); err != nil {
				t.Fatal(err)
			}
			return s
		}
		return storetest.Opener{Open: open, Lasting: true}
	})
}

// logSizes are the sizes of the logs of a database that is open.
func logSizes(t *testing.T, dir string) (mem, values int64) {
	t.Helper()
	for pattern, size := range map[string]*int64{"*.mem": &mem, "*.vlog": &values} {
		names, err := filepath.Glob(filepath.Join(dir, "db", pattern))
		if err != nil || len(names) == 0 {
			t.Fatalf("%s: %v", pattern, err)
		}
		for _, name := range names {
			info, err := os.Stat(name)
			if err != nil {
				t.Fatal(err)
			}
			*size = max(*size, info.Size())
		}
	}
	return mem, values
}

// TestSmall: a store that was opened to write little has small logs. It takes what Grow
// counts on, says of more that it is too big, and takes that when it has grown; of its own
// accord it grows once it has written much.
func TestSmall(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := mustOpen(t, dir, store.Options{Create: true}).Close(); err != nil {
		t.Fatal(err)
	}
	many := func(prefix string, n, size int) func(store.Writer) error {
		return func(w store.Writer) error {
			for i := range n {
				if err := w.Put(fmt.Appendf(nil, "%s%05d", prefix, i), make([]byte, size)); err != nil {
					return err
				}
			}
			return nil
		}
	}
	s := mustOpen(t, dir, store.Options{Small: true})
	if mem, values := logSizes(t, dir); mem != 2*badgerfiles.SmallMemTableSize || values != 2*badgerfiles.SmallValueLogSize {
		t.Errorf("logs of %d and %d bytes", mem, values)
	}
	for what, fn := range map[string]func(store.Writer) error{
		"entries": many("e", store.SmallTxEntries, 100),
		"bytes":   many("b", 2, store.SmallTxBytes/2-6),
	} {
		if err := s.Update(fn); err != nil {
			t.Errorf("%s: %v", what, err)
		}
	}
	for what, fn := range map[string]func(store.Writer) error{
		"entries": many("E", store.SmallTxEntries+1, 0),
		"bytes":   many("B", 2, store.SmallTxBytes/2),
		"large":   many("L", 1, store.LargeValue+1),
	} {
		if err := s.Update(fn); !errors.Is(err, store.ErrTooBig) {
			t.Errorf("%s: %v", what, err)
		}
	}
	if err := store.Grow(s, store.SmallTxEntries/2, store.SmallTxBytes/2); err != nil {
		t.Fatal(err)
	}
	if mem, _ := logSizes(t, dir); mem != 2*badgerfiles.SmallMemTableSize {
		t.Error("it has grown for little")
	}
	if err := store.Grow(s, store.SmallTxEntries, 0); err != nil {
		t.Fatal(err)
	}
	if mem, values := logSizes(t, dir); mem != 2*badgerfiles.MemTableSize || values != 2*badgerfiles.ValueLogSize {
		t.Errorf("grown, logs of %d and %d bytes", mem, values)
	}
	if err := s.Update(many("L", 1, store.MaxValue)); err != nil {
		t.Error(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}

	s = mustOpen(t, dir, store.Options{Small: true})
	defer s.Close()
	grown := 0
	for i := range 64 {
		if err := s.Update(many(fmt.Sprint("s", i), 1, store.LargeValue/2)); err != nil {
			t.Fatal(err)
		}
		if mem, _ := logSizes(t, dir); mem == 2*badgerfiles.MemTableSize {
			grown = i
			break
		}
	}
	if grown == 0 {
		t.Error("much was written, and it has not grown")
	}
	if err := s.View(func(r store.Reader) error {
		for i := range grown {
			if _, err := r.Get(fmt.Appendf(nil, "s%d00000", i)); err != nil {
				return err
			}
		}
		_, err := r.Get([]byte("L00000"))
		return err
	}); err != nil {
		t.Error(err)
	}
}

// What a store that was opened to write little has committed is there after a kill, and so
// is what it committed before and after it grew; with logs that are as long as they were
// made.
func TestSmallKilled(t *testing.T) {
	if dir := os.Getenv("TACIT_TEST_SMALL"); dir != "" {
		s, err := badgerstore.Open(t.Context(), dir, store.Options{Small: true})
		if err != nil {
			t.Fatal(err)
		}
		put := func(key string, size int) {
			if err := s.Update(func(w store.Writer) error { return w.Put([]byte(key), make([]byte, size)) }); err != nil {
				t.Fatal(err)
			}
		}
		put("before", 10_000)
		if os.Getenv("TACIT_TEST_GROWS") != "" {
			if err := s.Grow(); err != nil {
				t.Fatal(err)
			}
			put("large", store.MaxValue)
		}
		put("after", 10_000)
		p, err := os.FindProcess(os.Getpid())
		if err == nil {
			_ = p.Kill()
		}
		select {}
	}
	t.Parallel()
	for _, grows := range []string{"", "1"} {
		dir := t.TempDir()
		if err := mustOpen(t, dir, store.Options{Create: true}).Close(); err != nil {
			t.Fatal(err)
		}
		for range 3 {
			cmd := exec.Command(os.Args[0], "-test.run=^TestSmallKilled$")
			cmd.Env = append(os.Environ(), "TACIT_TEST_SMALL="+dir, "TACIT_TEST_GROWS="+grows)
			if out, err := cmd.CombinedOutput(); err == nil || strings.Contains(string(out), "FAIL") {
				t.Fatalf("it was not killed: %v\n%s", err, out)
			}
			s := mustOpen(t, dir, store.Options{Small: true})
			if err := s.View(func(r store.Reader) error {
				for key, size := range map[string]int{"before": 10_000, "after": 10_000, "large": store.MaxValue} {
					if key == "large" && grows == "" {
						continue
					}
					if v, err := r.Get([]byte(key)); err != nil || len(v) != size {
						t.Errorf("%s: %d bytes, %v", key, len(v), err)
					}
				}
				return nil
			}); err != nil {
				t.Error(err)
			}
			if err := s.Update(func(w store.Writer) error { return errors.Join(w.Delete([]byte("before")), w.Delete([]byte("after"))) }); err != nil {
				t.Error(err)
			}
			if err := s.Close(); err != nil {
				t.Error(err)
			}
		}
	}
}
