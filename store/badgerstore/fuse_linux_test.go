package badgerstore_test

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/tacit-vault/tacit/store"
	"github.com/tacit-vault/tacit/store/storedir"
)

// mountFuse has bindfs serve a folder by FUSE, which hides a file that is deleted
// while it is open: it is called .fuse_hidden… until it is closed.
func mountFuse(t *testing.T, options ...string) (disk string) {
	t.Helper()
	bindfs, err := exec.LookPath("bindfs")
	if err != nil {
		t.Skip("bindfs is not installed: NOT tested")
	}
	disk, under := t.TempDir(), t.TempDir()
	if out, err := exec.Command(bindfs, append(options, under, disk)...).CombinedOutput(); err != nil {
		t.Skipf("no right to mount: %v\n%s", err, out)
	}
	t.Cleanup(func() {
		if out, err := exec.Command("fusermount", "-u", "-z", disk).CombinedOutput(); err != nil {
			t.Errorf("%v\n%s", err, out)
		}
	})
	return disk
}

// Writers that take turns on a mount that hides open files lose nothing and take
// nothing for tampering, while somebody who keeps the database's files open makes
// each deletion leave a hidden file.
func TestWritersOnFuse(t *testing.T) {
	t.Parallel()
	for name, options := range map[string][]string{
		"stable":   nil,
		"uncached": {"-o", "attr_timeout=0,entry_timeout=0,negative_timeout=0"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := filepath.Join(mountFuse(t, options...), "store")
			if err := os.Mkdir(dir, 0o700); err != nil {
				t.Fatal(err)
			}
			s := mustOpen(t, dir, store.Options{Create: true})
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
			var held []*os.File
			defer func() {
				for _, f := range held {
					f.Close()
				}
			}()
			hidden, rounds := 0, 20
			if testing.Short() {
				rounds = 3
			}
			for range rounds {
				held = append(held, holdFiles(t, filepath.Join(dir, "db"))...)
				writers := []*child{startChild(t, "sessions", dir, "2"), startChild(t, "sessions", dir, "2")}
				for _, c := range writers {
					if err := c.wait(); err != nil {
						t.Fatalf("a writer: %v", err)
					}
				}
				hidden = max(hidden, countHidden(t, dir))
				if len(held) > 60 { // the hidden files go, as they do when a reader ends
					for _, f := range held {
						f.Close()
					}
					held = nil
				}
			}
			if hidden == 0 {
				t.Error("no file was hidden: the test shows nothing")
			}
			s = mustOpen(t, dir, store.Options{})
			if err := s.Purge(t.Context()); err != nil && !strings.Contains(err.Error(), "what was purged still lies in") {
				t.Error(err)
			}
			err := s.View(func(r store.Reader) error {
				got, err := r.Get([]byte("counter"))
				if want := strconv.Itoa(4 * rounds); string(got) != want {
					t.Errorf("counter %q, want %s", got, want)
				}
				return err
			})
			if err := errors.Join(err, s.Close()); err != nil {
				t.Error(err)
			}
		})
	}
}

// holdFiles opens the files of a folder.
func holdFiles(t *testing.T, dir string) (held []*os.File) {
	t.Helper()
	entries, err := storedir.Entries(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if f, err := os.Open(filepath.Join(dir, e.Name())); err == nil {
			held = append(held, f)
		}
	}
	return held
}

// countHidden counts the hidden files beneath a folder.
func countHidden(t *testing.T, dir string) (n int) {
	t.Helper()
	err := filepath.WalkDir(dir, func(_ string, d os.DirEntry, err error) error {
		if err == nil && strings.HasPrefix(d.Name(), ".fuse_hidden") {
			n++
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
	return n
}
