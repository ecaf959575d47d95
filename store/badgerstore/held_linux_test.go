package badgerstore_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/tacit-vault/tacit/store"
	"github.com/tacit-vault/tacit/store/badgerstore"
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
				dir, outside := newStore(t, 1), filepath.Join(t.TempDir(), "outside")
				if err := os.CopyFS(outside, os.DirFS(dir)); err != nil {
					t.Fatal(err)
				}
				before := snapshot(t, outside)
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
				wantUnchanged(t, before, snapshot(t, outside))
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
			s, err := badgerstore.Open(context.Background(), dir, store.Options{ReadOnly: i%2 == 0})
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

// exchange lets two names change places, all the time.
func exchange(one, other string) (stop func()) {
	return repeat(func() {
		_ = unix.Renameat2(unix.AT_FDCWD, one, unix.AT_FDCWD, other, unix.RENAME_EXCHANGE)
		time.Sleep(20 * time.Microsecond)
	})
}
