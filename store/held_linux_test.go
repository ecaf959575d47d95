package store_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/tacit-vault/tacit/store"
)

// While names are being exchanged, a store opens, or is refused; it does not
// hang, and writes to nothing that a link leads to. (A link that takes the place
// of a log inside db is followed for as long as Badger opens and cuts it. To put
// it there takes the user's own rights: db is theirs alone.)
func TestOpenAmidExchanges(t *testing.T) {
	const rounds = 30
	for _, name := range []string{"db", "db/MANIFEST", "db/KEYREGISTRY", "db/000001.vlog"} {
		for _, kind := range []string{"link", "pipe"} {
			if name == "db/000001.vlog" && kind == "link" {
				continue
			}
			t.Run(name+" "+kind, func(t *testing.T) {
				t.Parallel()
				dir, outside := filled(t), filepath.Join(t.TempDir(), "outside")
				if err := os.CopyFS(outside, os.DirFS(dir)); err != nil {
					t.Fatal(err)
				}
				before := contentOf(t, outside)
				other := filepath.Join(t.TempDir(), "other")
				err := unix.Mkfifo(other, 0o600)
				if kind == "link" {
					err = errors.Join(os.Remove(other), os.Symlink(filepath.Join(outside, name), other))
				}
				if err != nil {
					t.Fatal(err)
				}
				stop := exchange(filepath.Join(dir, name), other)
				opened := openOften(t, dir, rounds)
				stop()
				t.Logf("%d of %d opened", opened, rounds)
				after := contentOf(t, outside)
				for path, b := range before {
					if after[path] != b {
						t.Errorf("%s was changed", path)
					}
				}
				if len(after) != len(before) {
					t.Errorf("there were %d files, there are %d", len(before), len(after))
				}
			})
		}
	}
}

// openOften opens for reading and for writing, and writes.
func openOften(t *testing.T, dir string, n int) (opened int) {
	t.Helper()
	for i := range n {
		done := make(chan bool, 1)
		go func() {
			s, err := store.Open(context.Background(), dir, store.Options{ReadOnly: i%2 == 0})
			if err == nil {
				if i%2 != 0 {
					_ = s.Update(func(w store.Writer) error { return w.Put([]byte("n/K"), []byte("value")) })
				}
				_ = s.Close()
			}
			done <- err == nil
		}()
		select {
		case ok := <-done:
			if ok {
				opened++
			}
		case <-time.After(2 * time.Minute):
			t.Fatal("it hangs")
		}
	}
	return opened
}

// filled is the folder of a store with a key.
func filled(t *testing.T) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "store")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	s, err := store.Open(t.Context(), dir, store.Options{Create: true})
	if err != nil {
		t.Fatal(err)
	}
	err = s.Update(func(w store.Writer) error { return w.Put([]byte("n/K"), []byte("value")) })
	if err := errors.Join(err, s.Close()); err != nil {
		t.Fatal(err)
	}
	return dir
}

// exchange lets two names change places, all the time.
func exchange(one, other string) (stop func()) {
	over, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		for {
			select {
			case <-over:
				return
			default:
				_ = unix.Renameat2(unix.AT_FDCWD, one, unix.AT_FDCWD, other, unix.RENAME_EXCHANGE)
				time.Sleep(20 * time.Microsecond)
			}
		}
	}()
	return func() { close(over); <-done }
}

func contentOf(t *testing.T, dir string) map[string]string {
	t.Helper()
	files := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, e os.DirEntry, err error) error {
		if err != nil || !e.Type().IsRegular() {
			return err
		}
		b, err := os.ReadFile(path)
		files[path] = string(b)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}
