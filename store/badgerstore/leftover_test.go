package badgerstore_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/tacit-vault/tacit/store"
	"github.com/tacit-vault/tacit/store/badgerfiles"
	"github.com/tacit-vault/tacit/store/storedir"
)

var leftovers = []string{
	".fuse_hidden0000000300000001", ".nfs000000000000abcd00000001", ".smbdelete0001", ".smb00000000000a1b2c00000001", ".cifs12", "cifs1f", ".__afs1",
	"._000001.sst", "._000001.vlog", "._00001.mem", "._MANIFEST", ".DS_Store", "Thumbs.db", "Desktop.ini",
}

func TestLeftoverNames(t *testing.T) {
	t.Parallel()
	for _, name := range leftovers {
		if !storedir.Leftover(name) {
			t.Errorf("%s is not taken for a leftover", name)
		}
	}
	for _, name := range []string{
		"", ".", "MANIFEST", "000001.sst", "000001.vlog", "00001.mem", "DISCARD", "LOCK", "KEYREGISTRY", "db.old", ".gitignore",
		"VAULT", "slots", ".smbcredentials", ".fuse_hidden", ".nfs", "cifsx", "01-a.age", "fuse_hidden1", "x.nfs1", "desktop.ini.sst", "thumbs.db.vlog",
	} {
		if storedir.Leftover(name) {
			t.Errorf("%s is taken for a leftover", name)
		}
	}
}

// What file systems leave of deleted files, in every folder of a store, is in
// nobody's way: not of readers, writers, merging, purging or a recovery. It is
// not read either: here it is what nobody could read.
func TestLeftoversInTheWay(t *testing.T) {
	t.Parallel()
	for _, kind := range []string{"file", "link", "hard link"} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			dir := newStore(t, 10)
			for _, folder := range []string{"db", "db.old", "db.part", "db.old.1"} {
				if err := os.MkdirAll(filepath.Join(dir, folder), 0o700); err != nil {
					t.Fatal(err)
				}
				for _, name := range leftovers {
					plant(t, kind, filepath.Join(dir, "db", "MANIFEST"), filepath.Join(dir, folder, name))
				}
			}
			s := mustOpen(t, dir, store.Options{ReadOnly: true})
			wantEntries(t, s, 10)
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
			for range 9 { // the tables are merged once
				s := mustOpen(t, dir, store.Options{})
				fill(t, s, 0, 10)
				if err := s.Close(); err != nil {
					t.Fatal(err)
				}
			}
			s = mustOpen(t, dir, store.Options{})
			if err := errors.Join(s.Purge(t.Context()), s.Close()); err != nil {
				t.Errorf("purging: %v", err)
			}
			c, err := badgerfiles.TakeSurvey(t.Context(), dir, 0)
			if err := errors.Join(err, c.Err); err != nil || c.Unclean || len(c.Strange) > 0 {
				t.Errorf("looked at: %+v, %v", c, err)
			}
		})
	}
}

func plant(t *testing.T, kind, target, path string) {
	t.Helper()
	var err error
	switch kind {
	case "file":
		err = os.WriteFile(path, []byte("nothing of ours"), 0)
	case "link":
		err = os.Symlink(target, path)
	case "hard link":
		if err = os.WriteFile(path+".of", []byte("x"), 0o600); err == nil {
			err = errors.Join(os.Link(path+".of", path), os.Rename(path+".of", filepath.Join(t.TempDir(), "other")))
		}
	}
	if err != nil {
		t.Fatal(err)
	}
}
