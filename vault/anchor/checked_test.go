package anchor

import (
	"errors"
	"os"
	"testing"
	"time"

	"github.com/tacit-vault/tacit/crypto"
)

func TestChecked(t *testing.T) { noteTest(t, checkedDir, Dir.NoteChecked, Dir.Checked) }

func TestBackedUp(t *testing.T) { noteTest(t, backedDir, Dir.NoteBackup, Dir.BackedUp) }

// noteTest holds what is true of each time that is noted.
func noteTest(t *testing.T, dir string, note func(Dir, crypto.ID, string, time.Time) error, noted func(Dir, crypto.ID, string) time.Time) {
	t.Helper()
	d := testDir(t)
	a, b := folder(t, "a"), folder(t, "b")
	at := time.Unix(1e9, 0).UTC()
	if !noted(d, testID, a).IsZero() {
		t.Error("what never was")
	}
	if _, err := os.Stat(d.Path); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a folder was made to look: %v", err)
	}
	for range 2 {
		if err := note(d, testID, a, at); err != nil {
			t.Fatal(err)
		}
	}
	if got := noted(d, testID, a); !got.Equal(at) {
		t.Errorf("%v", got)
	}
	if !noted(d, testID, b).IsZero() || !noted(d, otherID, a).IsZero() {
		t.Error("that of another copy, or of another vault, is taken for its own")
	}
	for _, junk := range []string{"", "x", testID.String() + " x\n", testID.String() + " -5\n", testID.String() + " 99999999999999\n"} {
		if err := os.WriteFile(d.noteFile(dir, a), []byte(junk), 0o600); err != nil {
			t.Fatal(err)
		}
		if got := noted(d, testID, a); !got.IsZero() {
			t.Errorf("%q is read as %v", junk, got)
		}
	}
	if err := errors.Join(note(d, testID, a, at), d.Forget(testID, a)); err != nil {
		t.Fatal(err)
	}
	if !noted(d, testID, a).IsZero() {
		t.Error("it is not forgotten")
	}
}
