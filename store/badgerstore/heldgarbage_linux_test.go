package badgerstore_test

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/tacit-vault/tacit/store"
)

// A Badger that could not write goes on trying, by the number of its folder: that stays
// the folder's, though nobody knows of the store any more. Another folder that got the
// number would get the files.
func TestFolderOfAStoreThatFailed(t *testing.T) {
	dir := newStore(t, 1)
	before := failed(t, dir)
	if before == 0 {
		t.Fatal("the folder is not held: the test tests nothing")
	}
	for range 5 {
		runtime.GC()
		cleaned := make(chan struct{})
		runtime.AddCleanup(new([64]byte), func(int) { close(cleaned) }, 0)
		runtime.GC()
		<-cleaned
	}
	if after := folders(t, dir); after < before {
		t.Errorf("of %d numbers of the folder %d are left", before, after)
	}
}

// failed opens a store, fails to write to it, closes it and forgets it. It tells how often
// this process has the folder open then.
func failed(t *testing.T, dir string) int {
	t.Helper()
	s := mustOpen(t, dir, store.Options{})
	fill(t, s, 1, 2)                                               // the session has begun
	if err := os.RemoveAll(filepath.Join(dir, "db")); err != nil { // no file can be made any more
		t.Fatal(err)
	}
	var err error
	for n := 0; err == nil && n < 100; n++ { // until Badger needs another log
		err = s.Update(func(w store.Writer) error {
			for i := range 16 {
				if err := w.Put(fmt.Appendf(nil, "%d %d", n, i), make([]byte, 60_000)); err != nil {
					return err
				}
			}
			return nil
		})
	}
	if err == nil {
		t.Fatal("nothing fails: the test tests nothing")
	}
	t.Log("the write:", err)
	t.Log("closing:", s.Close())
	return folders(t, dir)
}

// folders is how often this process has a folder of a database open.
func folders(t *testing.T, dir string) (n int) {
	t.Helper()
	open, err := filepath.Glob("/proc/self/fd/*")
	if err != nil {
		t.Fatal(err)
	}
	for _, fd := range open {
		if path, err := os.Readlink(fd); err == nil && strings.HasPrefix(path, filepath.Join(dir, "db")+" ") {
			n++
		}
	}
	return n
}
