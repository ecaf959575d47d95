package badgerstore_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/tacit-vault/tacit/store"
)

// What lies in the database's folder and is not needed is not copied when the
// files are set aside: made of nothing, it may be larger than a day is long.
func TestLargeLeftovers(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"MANIFEST-REWRITE", "LOCK", "DISCARD", "junk"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := newStore(t, 10)
			// Unclean, whatever the file is.
			for _, planted := range []string{"LOCK", name} {
				f, err := os.Create(filepath.Join(dir, "db", planted))
				if err != nil {
					t.Fatal(err)
				}
				if planted == name {
					err = f.Truncate(4 << 40)
				}
				f.Close() // now: on Windows an open file cannot be removed
				if err != nil {
					t.Skip(err)
				}
			}
			s := mustOpen(t, dir, store.Options{ReadOnly: true})
			defer s.Close()
			wantEntries(t, s, 10)
		})
	}
}
